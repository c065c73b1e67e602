/* An OPC UA server made of open62541, on loopback; it obeys lines on its input and answers each with "done" or why not.
   opcua_peer PORT URI [--before URI]... [--secure CERTIFICATE KEY TRUSTED]   the files are DER
     add NAME TYPE VALUE             a variable s=NAME below the object Press in namespace URI
     put NAME TYPE VALUE STATUS AT   its value, status code in hex and source time in microseconds
     remove NAME
     count NUMBER HERTZ              from now on variables c0, c1, ... count up; not again
     total                           answers how many values the counting variables were given
   TYPE is double, string or double[] with commas. "done" comes after every due sample was taken.
   Whoever samples twice as often as it counts sees each number: it counts on only when it has had the time to sample. */
#include <fcntl.h>
#include <open62541/plugin/log_stdout.h>
#include <open62541/server.h>
#include <open62541/server_config_default.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FASTEST_SAMPLING_MS 10
#define LINE 4096

static UA_UInt16 space;
static unsigned counting, counted;
static unsigned long long total;
static UA_DateTime period, counted_at;

static UA_ByteString content(const char *path) {
    UA_ByteString bytes = UA_BYTESTRING_NULL;
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) exit(2);
    UA_ByteString_allocBuffer(&bytes, (size_t)ftell(file));
    rewind(file);
    if (fread(bytes.data, 1, bytes.length, file) != bytes.length) exit(2);
    fclose(file);
    return bytes;
}

static UA_NodeId node(char *name) { return UA_NODEID_STRING(space, name); }

/* False for a type that is unknown. */
static int parse(UA_Variant *value, const char *type, char *text) {
    if (!strcmp(type, "double")) {
        double number = atof(text);
        return !UA_Variant_setScalarCopy(value, &number, &UA_TYPES[UA_TYPES_DOUBLE]);
    }
    if (!strcmp(type, "string")) {
        UA_String said = UA_STRING(text);
        return !UA_Variant_setScalarCopy(value, &said, &UA_TYPES[UA_TYPES_STRING]);
    }
    if (strcmp(type, "double[]")) return 0;
    double numbers[64];
    size_t size = 0;
    for (char *one = strtok(text, ","); one && size < 64; one = strtok(NULL, ",")) numbers[size++] = atof(one);
    return !UA_Variant_setArrayCopy(value, numbers, size, &UA_TYPES[UA_TYPES_DOUBLE]);
}

static UA_StatusCode add(UA_Server *server, char *name, UA_Variant *value) {
    UA_VariableAttributes attributes = UA_VariableAttributes_default;
    attributes.value = *value;
    attributes.dataType = value->type->typeId;
    UA_UInt32 any_size = 0;
    if (!UA_Variant_isScalar(value)) {
        attributes.valueRank = UA_VALUERANK_ONE_DIMENSION;
        attributes.arrayDimensions = &any_size;
        attributes.arrayDimensionsSize = 1;
    } else {
        attributes.valueRank = UA_VALUERANK_SCALAR;
    }
    attributes.displayName = UA_LOCALIZEDTEXT("en", name);
    return UA_Server_addVariableNode(
        server, node(name), node("Press"), UA_NODEID_NUMERIC(0, UA_NS0ID_HASCOMPONENT), UA_QUALIFIEDNAME(space, name),
        UA_NODEID_NUMERIC(0, UA_NS0ID_BASEDATAVARIABLETYPE), attributes, NULL, NULL
    );
}

static UA_StatusCode put(UA_Server *server, char *name, UA_Variant *value, const char *status, const char *at_us) {
    UA_DataValue answer = {.value = *value, .hasValue = true, .hasStatus = true, .hasSourceTimestamp = true};
    answer.status = (UA_StatusCode)strtoul(status, NULL, 16);
    answer.sourceTimestamp = UA_DATETIME_UNIX_EPOCH + strtoll(at_us, NULL, 10) * UA_DATETIME_USEC;
    return UA_Server_writeDataValue(server, node(name), answer);
}

static void count_up(UA_Server *server) {
    char name[32];
    double number = ++counted;
    UA_Variant value;
    UA_Variant_setScalar(&value, &number, &UA_TYPES[UA_TYPES_DOUBLE]);
    for (unsigned i = 0; i < counting; i++) {
        snprintf(name, sizeof name, "c%u", i);
        if (!UA_Server_writeValue(server, node(name), value)) total++;
    }
}

static UA_StatusCode count(UA_Server *server, unsigned number, double hertz) {
    double nought = 0;
    UA_Variant value;
    UA_Variant_setScalar(&value, &nought, &UA_TYPES[UA_TYPES_DOUBLE]);
    for (counting = 0; counting < number; counting++) {
        char name[32];
        snprintf(name, sizeof name, "c%u", counting);
        UA_StatusCode failed = add(server, name, &value);
        if (failed) return failed;
    }
    period = (UA_DateTime)(UA_DATETIME_SEC / hertz);
    return UA_STATUSCODE_GOOD;
}

/* Whatever was to be sampled until now has been sampled on return. */
static void settle(UA_Server *server) {
    UA_DateTime end = UA_DateTime_nowMonotonic() + 2 * FASTEST_SAMPLING_MS * UA_DATETIME_MSEC;
    for (int last = 0; !last;) {
        last = UA_DateTime_nowMonotonic() > end;
        UA_Server_run_iterate(server, false);
        usleep(1000);
    }
}

static void obey(UA_Server *server, char *line) {
    char word[6][LINE];
    UA_Variant value;
    UA_Variant_init(&value);
    UA_StatusCode failed = UA_STATUSCODE_BADINVALIDARGUMENT;
    int words = sscanf(line, "%s %s %s %s %s %s", word[0], word[1], word[2], word[3], word[4], word[5]);
    if (words == 1 && !strcmp(word[0], "total")) {
        printf("%llu\n", total);
        fflush(stdout);
        return;
    }
    if (words == 2 && !strcmp(word[0], "remove")) failed = UA_Server_deleteNode(server, node(word[1]), true);
    else if (words == 3 && !strcmp(word[0], "count")) failed = count(server, (unsigned)atoi(word[1]), atof(word[2]));
    else if (words == 4 && !strcmp(word[0], "add") && parse(&value, word[2], word[3]))
        failed = add(server, word[1], &value);
    else if (words == 6 && !strcmp(word[0], "put") && parse(&value, word[2], word[3]))
        failed = put(server, word[1], &value, word[4], word[5]);
    UA_Variant_clear(&value);
    settle(server);
    puts(failed ? UA_StatusCode_name(failed) : "done");
    fflush(stdout);
}

static UA_StatusCode configure(UA_ServerConfig *config, UA_UInt16 port, char **secure) {
    config->logging = UA_Log_Stdout_new(UA_LOGLEVEL_FATAL);
    UA_StatusCode failed;
    if (secure) {
        UA_ByteString own = content(secure[0]), key = content(secure[1]), trusted = content(secure[2]);
        failed = UA_ServerConfig_setDefaultWithSecurityPolicies(config, port, &own, &key, &trusted, 1, NULL, 0, NULL, 0);
        UA_String_clear(&config->applicationDescription.applicationUri);
        config->applicationDescription.applicationUri = UA_STRING_ALLOC("urn:maker:server");
        for (size_t i = 0; i < config->endpointsSize; i++) {
            UA_String *uri = &config->endpoints[i].server.applicationUri;
            UA_String_clear(uri);
            *uri = UA_STRING_ALLOC("urn:maker:server");
        }
    } else {
        failed = UA_ServerConfig_setMinimal(config, port, NULL);
    }
    char url[64];
    snprintf(url, sizeof url, "opc.tcp://127.0.0.1:%u", port);
    UA_String_clear(&config->serverUrls[0]);
    config->serverUrls[0] = UA_STRING_ALLOC(url);
    config->samplingIntervalLimits.min = config->publishingIntervalLimits.min = FASTEST_SAMPLING_MS;
    config->queueSizeLimits.max = 100000;
    return failed;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    char **secure = NULL;
    for (int i = 3; i < argc; i++)
        if (!strcmp(argv[i], "--secure") && i + 3 < argc) secure = argv + i + 1;
    UA_ServerConfig config;
    memset(&config, 0, sizeof config);
    if (configure(&config, (UA_UInt16)atoi(argv[1]), secure)) return 1;
    UA_Server *server = UA_Server_newWithConfig(&config);
    if (!server) return 1;
    for (int i = 3; i + 1 < argc; i++)
        if (!strcmp(argv[i], "--before")) UA_Server_addNamespace(server, argv[++i]);
    space = UA_Server_addNamespace(server, argv[2]);
    UA_ObjectAttributes press = UA_ObjectAttributes_default;
    press.displayName = UA_LOCALIZEDTEXT("en", "Press");
    UA_Server_addObjectNode(
        server, node("Press"), UA_NODEID_NUMERIC(0, UA_NS0ID_OBJECTSFOLDER), UA_NODEID_NUMERIC(0, UA_NS0ID_ORGANIZES),
        UA_QUALIFIEDNAME(space, "Press"), UA_NODEID_NUMERIC(0, UA_NS0ID_BASEOBJECTTYPE), press, NULL, NULL
    );
    if (UA_Server_run_startup(server)) return 1;
    puts("ready");
    fflush(stdout);
    char line[LINE];
    setvbuf(stdin, NULL, _IONBF, 0); /* or poll would not see a line that was read ahead */
    struct pollfd orders = {.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
        UA_DateTime now = UA_DateTime_nowMonotonic();
        UA_Server_run_iterate(server, false);
        if (period && now - counted_at >= period) {
            count_up(server);
            counted_at = now;
        }
        if (poll(&orders, 1, 1) > 0) {
            if (!fgets(line, sizeof line, stdin)) break;
            obey(server, line);
        }
    }
    UA_Server_run_shutdown(server);
    UA_Server_delete(server);
    return 0;
}
