/* What a program on libmodbus does by hand: ideal blocks, one request at a time, floats decoded.
 *
 *   libmodbus_client TAGS_PER_DEVICE STRIDE PERIOD_MS WARM_UP CYCLES PORT...
 *
 * PERIOD_MS 0 runs flat out. Prints one JSON line; the warm-up is not counted. CPU is user and system of this process. */

#define _GNU_SOURCE
#include <errno.h>
#include <modbus.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { MAX_BLOCK = 125, MAX_DEVICES = 64 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu_s(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

static void sleep_until_s(double due_s)
{
    struct timespec t = {.tv_sec = (time_t)due_s, .tv_nsec = (long)((due_s - (double)(time_t)due_s) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

int main(int argc, char **argv)
{
    if (argc < 7 || argc > 6 + MAX_DEVICES) {
        fprintf(stderr, "usage: libmodbus_client TAGS_PER_DEVICE STRIDE PERIOD_MS WARM_UP CYCLES PORT...\n");
        return 2;
    }
    int tags = atoi(argv[1]), stride = atoi(argv[2]), warm_up = atoi(argv[4]), cycles = atoi(argv[5]), devices = argc - 6;
    double period_s = atof(argv[3]) * 1e-3;
    int per_block = (MAX_BLOCK - 2) / stride + 1, blocks = (tags + per_block - 1) / per_block;
    float *values = calloc((size_t)(tags * devices), sizeof *values);
    double *read_at = calloc((size_t)(devices * blocks), sizeof *read_at);
    double *intervals = calloc((size_t)devices * (size_t)blocks * (size_t)cycles, sizeof *intervals);
    modbus_t *ctx[MAX_DEVICES];
    long count = 0;
    double began_s = 0, began_cpu_s = 0, sum = 0;

    for (int d = 0; d < devices; d++) {
        ctx[d] = modbus_new_tcp("127.0.0.1", atoi(argv[6 + d]));
        modbus_set_slave(ctx[d], 1);
        if (modbus_connect(ctx[d])) {
            fprintf(stderr, "libmodbus_client: connect: %s\n", modbus_strerror(errno));
            return 1;
        }
    }
    double start_s = now_s();
    for (int cycle = -warm_up; cycle < cycles; cycle++) {
        if (period_s > 0)
            sleep_until_s(start_s + (cycle + warm_up) * period_s);
        if (cycle == 0) {
            began_s = now_s();
            began_cpu_s = cpu_s();
        }
        for (int d = 0; d < devices; d++) {
            for (int b = 0; b < blocks; b++) {
                uint16_t words[MAX_BLOCK];
                int first = b * per_block, n = tags - first < per_block ? tags - first : per_block;
                if (modbus_read_registers(ctx[d], first * stride, (n - 1) * stride + 2, words) < 0) {
                    fprintf(stderr, "libmodbus_client: read: %s\n", modbus_strerror(errno));
                    return 1;
                }
                for (int i = 0; i < n; i++) {
                    uint32_t bits = (uint32_t)words[i * stride] << 16 | words[i * stride + 1];
                    memcpy(&values[d * tags + first + i], &bits, sizeof bits);
                }
                double at_s = now_s();
                if (cycle >= 0 && cycle + warm_up > 0)
                    intervals[count++] = at_s - read_at[d * blocks + b];
                read_at[d * blocks + b] = at_s;
            }
        }
    }
    double seconds = now_s() - began_s, cpu = cpu_s() - began_cpu_s;
    for (int i = 0; i < tags * devices; i++)
        sum += values[i];
    qsort(intervals, (size_t)count, sizeof *intervals, compare);
    printf("{\"seconds\": %.6f, \"cpu_s\": %.6f, \"requests\": %ld, \"tag_reads\": %ld, \"interval_p50_ms\": %.3f, "
           "\"interval_p99_ms\": %.3f, \"sum\": %.1f}\n",
           seconds, cpu, (long)devices * blocks * cycles, (long)devices * tags * cycles,
           count ? intervals[count / 2] * 1e3 : 0.0, count ? intervals[(long)((double)(count - 1) * 0.99)] * 1e3 : 0.0, sum);
    for (int d = 0; d < devices; d++) {
        modbus_close(ctx[d]);
        modbus_free(ctx[d]);
    }
    return 0;
}
