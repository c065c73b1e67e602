/* Reads 125 holding registers so many times over one connection and prints its own CPU seconds. */
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    modbus_t *bus = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    long rounds = atol(argv[2]);
    uint16_t words[125];
    struct rusage used;
    if (bus == NULL || modbus_set_slave(bus, 1) == -1 || modbus_connect(bus) == -1) return 1;
    for (long i = 0; i < rounds; i++)
        if (modbus_read_registers(bus, 0, 125, words) != 125) return 1;
    getrusage(RUSAGE_SELF, &used);
    printf("%f\n", used.ru_utime.tv_sec + used.ru_utime.tv_usec / 1e6 + used.ru_stime.tv_sec + used.ru_stime.tv_usec / 1e6);
    modbus_close(bus);
    modbus_free(bus);
    return 0;
}
