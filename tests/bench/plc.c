/* So many Modbus PLCs of 125 holding registers in one process, each on a port of its own; prints the ports.
   Every register takes a random step of 7 to 14 up or down at each read, so that no two readings are alike.
   How many registers were served stands in a file, as one 64 bit number. A second file, where one is named, gets
   each request: which PLC, and when it came in nanoseconds of the steady clock, two 64 bit numbers. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <modbus.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define REGISTERS 125
#define MOST 512

static uint32_t seed = 2463534242u;

static uint32_t drawn(void) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    return seed ^= seed << 5;
}

static void move_on(uint16_t *word) {
    uint32_t number = drawn();
    int step = 7 + (int)(number % 8), up = number & 256;
    if (*word < 1000) up = 1;
    if (*word > 60000) up = 0;
    *word = (uint16_t)(up ? *word + step : *word - step);
}

static int listening(void) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place;
    int plc = socket(AF_INET, SOCK_STREAM, 0);
    if (plc < 0 || bind(plc, (struct sockaddr *)&place, size) || listen(plc, 4)) exit(1);
    getsockname(plc, (struct sockaddr *)&place, &size);
    printf("%d\n", ntohs(place.sin_port));
    return plc;
}

int main(int argc, char **argv) {
    if (argc != 3 && argc != 4) return 2;
    int times = argc == 4 ? open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
    int count = atoi(argv[1]), used = count, file = open(argv[2], O_RDWR | O_CREAT, 0644);
    if (count < 1 || count > MOST / 2 || file < 0 || ftruncate(file, sizeof(uint64_t))) return 2;
    volatile uint64_t *served = mmap(NULL, sizeof *served, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    struct pollfd watched[MOST];
    int plc_of[MOST];
    modbus_t *bus = modbus_new_tcp("127.0.0.1", 502);
    modbus_mapping_t *memory[MOST];
    for (int i = 0; i < count; i++) {
        watched[i] = (struct pollfd){.fd = listening(), .events = POLLIN};
        memory[i] = modbus_mapping_new(0, 0, REGISTERS, 0);
        for (int k = 0; k < REGISTERS; k++) memory[i]->tab_registers[k] = (uint16_t)(1000 + drawn() % 59000);
    }
    printf("\n");
    fflush(stdout);
    for (;;) {
        poll(watched, (nfds_t)used, -1);
        for (int i = 0; i < used; i++) {
            if (!watched[i].revents) continue;
            if (i < count) {
                int client = accept(watched[i].fd, NULL, NULL);
                if (client < 0 || used == MOST) { close(client); continue; }
                plc_of[used] = i;
                watched[used++] = (struct pollfd){.fd = client, .events = POLLIN};
                continue;
            }
            uint8_t asked[MODBUS_TCP_MAX_ADU_LENGTH];
            modbus_set_socket(bus, watched[i].fd);
            int size = modbus_receive(bus, asked);
            if (size < 0) {
                close(watched[i].fd);
                watched[i] = watched[--used];
                plc_of[i--] = plc_of[used];
                continue;
            }
            if (times >= 0 && size > 0) {
                struct timespec now;
                clock_gettime(CLOCK_MONOTONIC, &now);
                uint64_t came[2] = {(uint64_t)plc_of[i], (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec};
                if (write(times, came, sizeof came) != sizeof came) exit(1);
            }
            int first = asked[8] << 8 | asked[9], words = asked[10] << 8 | asked[11];
            for (int k = first; k < first + words && k < REGISTERS; k++) move_on(&memory[plc_of[i]]->tab_registers[k]);
            if (modbus_reply(bus, asked, size, memory[plc_of[i]]) > 0) *served += (uint64_t)words;
        }
    }
}
