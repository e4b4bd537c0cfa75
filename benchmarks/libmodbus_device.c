/* A Modbus TCP device on libmodbus for the benchmarks: one process, a device per port, 127.0.0.1.
 *
 *   libmodbus_device PORTS TAGS_PER_DEVICE STRIDE
 *
 * Every STRIDE registers begins a float32 (high word first); all of them change every 100 ms. Prints {"ports": [...]} and serves
 * until its standard input ends. */

#define _GNU_SOURCE
#include <errno.h>
#include <modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PORTS = 64, MAX_FDS = 1024, RENEW_MS = 100 };

static modbus_mapping_t *map_of[MAX_FDS];
static char listens[MAX_FDS];

static void fail(const char *what)
{
    fprintf(stderr, "libmodbus_device: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int listen_on_any_port(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || fd >= MAX_FDS || bind(fd, (struct sockaddr *)&address, size) || listen(fd, 16) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        fail("listen");
    *port = ntohs(address.sin_port);
    return fd;
}

static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void renew(modbus_mapping_t *map, int tags, int stride, long count)
{
    for (int i = 0; i < tags; i++) {
        float value = (float)(i + count % 100000) * 0.1f;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        map->tab_registers[i * stride] = (uint16_t)(bits >> 16);
        map->tab_registers[i * stride + 1] = (uint16_t)bits;
    }
}

static void accept_one(int poll_fd, int listener)
{
    struct epoll_event event = {.events = EPOLLIN};
    int on = 1, fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    if (fd >= MAX_FDS) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    map_of[fd] = map_of[listener];
    listens[fd] = 0;
    event.data.fd = fd;
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
}

int main(int argc, char **argv)
{
    int ports = argc == 4 ? atoi(argv[1]) : 0, tags = argc == 4 ? atoi(argv[2]) : 0, stride = argc == 4 ? atoi(argv[3]) : 0;
    modbus_mapping_t *maps[MAX_PORTS];
    struct epoll_event events[64], event = {.events = EPOLLIN};
    int poll_fd = epoll_create1(0);
    modbus_t *ctx = modbus_new_tcp("127.0.0.1", 1502);
    long count = 0;

    if (ports < 1 || ports > MAX_PORTS || tags < 1 || stride < 2 || tags * stride > 65536) {
        fprintf(stderr, "usage: libmodbus_device PORTS TAGS_PER_DEVICE STRIDE\n");
        return 2;
    }
    printf("{\"ports\": [");
    for (int i = 0; i < ports; i++) {
        int port, fd = listen_on_any_port(&port);
        maps[i] = modbus_mapping_new(0, 0, tags * stride, 0);
        renew(maps[i], tags, stride, 0);
        map_of[fd] = maps[i];
        listens[fd] = 1;
        event.data.fd = fd;
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
        printf("%s%d", i ? ", " : "", port);
    }
    event.data.fd = 0;
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, 0, &event);
    printf("]}\n");
    fflush(stdout);

    for (long long due_ms = now_ms() + RENEW_MS;;) {
        long long wait_ms = due_ms - now_ms();
        int ready = epoll_wait(poll_fd, events, 64, wait_ms > 0 ? (int)wait_ms : 0);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
            if (fd == 0) {
                if (read(0, query, sizeof query) <= 0)
                    return 0;
            } else if (listens[fd]) {
                accept_one(poll_fd, fd);
            } else {
                modbus_set_socket(ctx, fd);
                int length = modbus_receive(ctx, query);
                if (length > 0)
                    modbus_reply(ctx, query, length, map_of[fd]);
                else if (length < 0)
                    close(fd);
            }
        }
        if (now_ms() >= due_ms) {
            count++;
            for (int i = 0; i < ports; i++)
                renew(maps[i], tags, stride, count);
            due_ms += RENEW_MS;
        }
    }
}
