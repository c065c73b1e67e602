/* A Modbus server made of libmodbus: reads lines "table address value" from its input, then serves them until ended.
   peer PORT serves TCP on loopback; peer /dev/... serves RTU, 19200 baud, no parity. Unit 1 in both cases. */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static int load(modbus_mapping_t *memory) {
    char table[16];
    int address, value;
    while (scanf("%15s %d %d", table, &address, &value) == 3) {
        if (address < 0 || address > 65535) return 0;
        if (!strcmp(table, "coil")) memory->tab_bits[address] = (uint8_t)value;
        else if (!strcmp(table, "discrete")) memory->tab_input_bits[address] = (uint8_t)value;
        else if (!strcmp(table, "holding")) memory->tab_registers[address] = (uint16_t)value;
        else if (!strcmp(table, "input")) memory->tab_input_registers[address] = (uint16_t)value;
        else return 0;
    }
    return 1;
}

static void serve_tcp(modbus_t *bus, modbus_mapping_t *memory) {
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    int listening = modbus_tcp_listen(bus, 8), highest = listening;
    fd_set known, ready;
    if (listening == -1) exit(1);
    puts("ready");
    fflush(stdout);
    FD_ZERO(&known);
    FD_SET(listening, &known);
    for (;;) {
        ready = known;
        if (select(highest + 1, &ready, NULL, NULL, NULL) == -1) exit(1);
        for (int fd = 0; fd <= highest; fd++) {
            if (!FD_ISSET(fd, &ready)) continue;
            if (fd == listening) {
                int client = listening;
                if (modbus_tcp_accept(bus, &client) == -1) continue;
                /* The context speaks to the new client from here on. */
                client = modbus_get_socket(bus);
                FD_SET(client, &known);
                if (client > highest) highest = client;
                continue;
            }
            modbus_set_socket(bus, fd);
            int length = modbus_receive(bus, query);
            if (length > 0) modbus_reply(bus, query, length, memory);
            else if (length == -1) {
                close(fd);
                FD_CLR(fd, &known);
            }
        }
    }
}

static void serve_rtu(modbus_t *bus, modbus_mapping_t *memory) {
    uint8_t query[MODBUS_RTU_MAX_ADU_LENGTH];
    modbus_set_slave(bus, 1);
    if (modbus_connect(bus) == -1) exit(1);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int length = modbus_receive(bus, query);
        if (length > 0) modbus_reply(bus, query, length, memory);
        else if (length == -1 && errno != ETIMEDOUT && errno != EMBBADCRC) exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    int serial = argv[1][0] == '/';
    modbus_t *bus = serial ? modbus_new_rtu(argv[1], 19200, 'N', 8, 1) : modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    modbus_mapping_t *memory = modbus_mapping_new(65536, 65536, 65536, 65536);
    if (bus == NULL || memory == NULL || !load(memory)) return 1;
    if (serial) serve_rtu(bus, memory);
    else serve_tcp(bus, memory);
    return 0;
}
