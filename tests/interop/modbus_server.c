/* A Modbus server on libmodbus: known values in every type and byte order, for the tests of the driver.
 *
 *   modbus_server tcp [PORT]    several clients, 127.0.0.1, units 1 and 2
 *   modbus_server rtu           unit 1 on the far end of a pseudo terminal
 *
 * Prints one JSON line that says where it serves, then serves until its standard input ends.
 *
 * Unit 1, holding and input registers alike, the group of order k (0 abcd, 1 cdab, 2 badc, 3 dcba) from 100 k on:
 *   +0 int16  +1 uint16  +2 int32  +4 uint32  +6 int64  +10 uint64  +14 float32  +16 float64
 *   +20 four digits BCD  +21 eight digits BCD  +24 sixteen characters  +32 bits
 * 400 not-a-number as float32, 402 0x8000; from 500 on: holding registers to be written, copied to the input registers of the
 * same address, as coils from 100 on are to the discrete inputs; input register 900 + f counts the requests of function f.
 * Unit 2: every register holds 2000 + its address. Bit n is set where n % 3 == 0. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <modbus.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <termios.h>
#include <unistd.h>

enum { REGISTERS = 1000, BITS = 200, UNITS = 2, WRITTEN = 500, WRITTEN_COUNT = 100, WRITTEN_BIT = 100, COUNTERS = 900 };

static modbus_mapping_t *units[UNITS];

static void fail(const char *what)
{
    fprintf(stderr, "modbus_server: %s: %s\n", what, modbus_strerror(errno));
    exit(1);
}

/* Bytes in network order become registers in the order k; count is even. */
static void place(uint16_t *to, const uint8_t *bytes, int count, int k)
{
    int words = count / 2;
    for (int i = 0; i < words; i++) {
        int from = k == 1 || k == 3 ? words - 1 - i : i;
        uint8_t high = bytes[2 * from], low = bytes[2 * from + 1];
        to[i] = k >= 2 ? (uint16_t)(low << 8 | high) : (uint16_t)(high << 8 | low);
    }
}

static void place_number(uint16_t *to, uint64_t value, int count, int k)
{
    uint8_t bytes[8];
    for (int i = 0; i < count; i++)
        bytes[i] = (uint8_t)(value >> 8 * (count - 1 - i));
    place(to, bytes, count, k);
}

static void fill_group(uint16_t *r, int k)
{
    static const uint8_t text[16] = "Doktorskaya 7";
    double wide = -98765.4321;
    float narrow = 123.456f;
    uint64_t wide_bits;
    uint32_t narrow_bits;

    memcpy(&wide_bits, &wide, sizeof wide_bits);
    memcpy(&narrow_bits, &narrow, sizeof narrow_bits); /* modbus_set_float_abcd() differs from version to version */
    place_number(r + 0, (uint16_t)-12345, 2, k);
    place_number(r + 1, 54321, 2, k);
    place_number(r + 2, (uint32_t)-1234567890, 4, k);
    place_number(r + 4, 3456789012u, 4, k);
    place_number(r + 6, (uint64_t)-1234567890123456, 8, k);
    place_number(r + 10, 9007199254740991u, 8, k);
    place_number(r + 14, narrow_bits, 4, k);
    place_number(r + 16, wide_bits, 8, k);
    place_number(r + 20, 0x4321, 2, k);
    place_number(r + 21, 0x12345678, 4, k);
    place(r + 24, text, 16, k & 2); /* of a text only the bytes may be swapped, never the words */
    place_number(r + 32, 0xA5C3, 2, k);
}

static void fill(void)
{
    for (int unit = 0; unit < UNITS; unit++) {
        modbus_mapping_t *m = units[unit] = modbus_mapping_new(BITS, BITS, REGISTERS, REGISTERS);
        if (m == NULL)
            fail("no memory");
        for (int i = 0; i < BITS; i++)
            m->tab_bits[i] = m->tab_input_bits[i] = i % 3 == 0 && (unit == 1 || i < WRITTEN_BIT);
        for (int i = 0; i < REGISTERS && unit == 1; i++)
            m->tab_registers[i] = m->tab_input_registers[i] = (uint16_t)(2000 + i);
    }
    for (int k = 0; k < 4; k++) {
        fill_group(units[0]->tab_registers + 100 * k, k);
        fill_group(units[0]->tab_input_registers + 100 * k, k);
    }
    place_number(units[0]->tab_registers + 400, 0x7FC00000, 4, 0);
    units[0]->tab_registers[402] = 0x8000;
}

/* Answers one request; -1 when the connection is of no use any more. */
static int serve(modbus_t *context)
{
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    int length = modbus_receive(context, query);
    int header = modbus_get_header_length(context);
    modbus_mapping_t *m = units[0];
    int unit, function;

    if (length < 0)
        return errno == ECONNRESET || errno == EBADF || errno == EIO ? -1 : 0;
    if (length == 0)
        return 0;
    unit = query[header - 1];
    function = query[header];
    if (unit < 1 || unit > UNITS)
        return modbus_reply_exception(context, query, MODBUS_EXCEPTION_GATEWAY_TARGET);
    m->tab_input_registers[COUNTERS + function % 100]++;
    if (modbus_reply(context, query, length, units[unit - 1]) < 0)
        return errno == ECONNRESET || errno == EPIPE || errno == EIO ? -1 : 0;
    memcpy(m->tab_input_registers + WRITTEN, m->tab_registers + WRITTEN, WRITTEN_COUNT * sizeof(uint16_t));
    memcpy(m->tab_input_bits + WRITTEN_BIT, m->tab_bits + WRITTEN_BIT, BITS - WRITTEN_BIT);
    return 0;
}

/* True when standard input has ended; what stands in it is read away. */
static int told_to_end(void)
{
    char scrap[256];
    return read(STDIN_FILENO, scrap, sizeof scrap) <= 0;
}

static int wait_for(fd_set *wanted, int highest, fd_set *ready)
{
    *ready = *wanted;
    if (select(highest + 1, ready, NULL, NULL, NULL) < 0)
        fail("select");
    return FD_ISSET(STDIN_FILENO, ready) && told_to_end();
}

static void run_tcp(int port)
{
    modbus_t *context = modbus_new_tcp("127.0.0.1", port);
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int listener = context == NULL ? -1 : modbus_tcp_listen(context, 8);
    int highest = listener;
    fd_set wanted, ready;

    if (listener < 0 || getsockname(listener, (struct sockaddr *)&address, &size) < 0)
        fail("listen");
    printf("{\"port\": %d}\n", ntohs(address.sin_port));
    fflush(stdout);
    FD_ZERO(&wanted);
    FD_SET(STDIN_FILENO, &wanted);
    FD_SET(listener, &wanted);
    while (!wait_for(&wanted, highest, &ready)) {
        for (int fd = STDIN_FILENO + 1; fd <= highest; fd++) {
            if (!FD_ISSET(fd, &ready))
                continue;
            if (fd == listener) {
                int fresh = modbus_tcp_accept(context, &listener);
                if (fresh >= 0 && fresh < FD_SETSIZE) {
                    FD_SET(fresh, &wanted);
                    highest = fresh > highest ? fresh : highest;
                }
                continue;
            }
            modbus_set_socket(context, fd);
            if (serve(context) < 0) {
                FD_CLR(fd, &wanted);
                close(fd);
            }
        }
    }
}

static void run_rtu(void)
{
    int line = posix_openpt(O_RDWR | O_NOCTTY);
    const char *name;
    struct termios raw;
    modbus_t *context;
    int keep;
    fd_set wanted, ready;

    if (line < 0 || grantpt(line) < 0 || unlockpt(line) < 0 || (name = ptsname(line)) == NULL)
        fail("pseudo terminal");
    keep = open(name, O_RDWR | O_NOCTTY); /* held open, so that a client that leaves is no end of the line */
    if (keep < 0 || tcgetattr(keep, &raw) < 0)
        fail(name);
    cfmakeraw(&raw);
    tcsetattr(keep, TCSANOW, &raw);
    context = modbus_new_rtu(name, 19200, 'E', 8, 1);
    if (context == NULL || modbus_set_slave(context, 1) < 0)
        fail("RTU");
    modbus_set_byte_timeout(context, 0, 20000); /* a frame that stops is forgotten soon */
    modbus_set_error_recovery(context, MODBUS_ERROR_RECOVERY_PROTOCOL);
    modbus_set_socket(context, line);
    printf("{\"device\": \"%s\"}\n", name);
    fflush(stdout);
    FD_ZERO(&wanted);
    FD_SET(STDIN_FILENO, &wanted);
    FD_SET(line, &wanted);
    while (!wait_for(&wanted, line, &ready))
        if (FD_ISSET(line, &ready) && serve(context) < 0)
            fail("the line broke");
}

int main(int count, char **arguments)
{
    fill();
    if (count > 1 && strcmp(arguments[1], "tcp") == 0)
        run_tcp(count > 2 ? atoi(arguments[2]) : 0);
    else if (count > 1 && strcmp(arguments[1], "rtu") == 0)
        run_rtu();
    else {
        fprintf(stderr, "usage: modbus_server tcp [PORT] | rtu\n");
        return 2;
    }
    return 0;
}
