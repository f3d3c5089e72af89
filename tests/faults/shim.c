/* A disk that fails on request: preloaded into a process, it breaks the n-th call that changes a file whose path begins
   with a given prefix. What is broken is chosen at run time, so that a process can be forked, armed and lost. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum mode { COUNT, KILL, TEAR, EIO_ONCE, EIO_FROM_NOW_ON, ENOSPC_FROM_NOW_ON };

static volatile int armed;
static volatile long calls;
static long target;
static enum mode mode;
static char prefix[4096];

void fault_arm(const char *path, long nth, int how) {
    strncpy(prefix, path, sizeof prefix - 1);
    target = nth;
    mode = (enum mode)how;
    calls = 0;
    armed = 1;
}

void fault_disarm(void) { armed = 0; }

long fault_calls(void) { return calls; }

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int meant_path(const char *path) { return path && strncmp(path, prefix, strlen(prefix)) == 0; }

static int meant(int fd) {
    char link[64], path[4096];
    ssize_t length;
    if (!armed) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return meant_path(path);
}

/* Gives 0 to go on, 1 to write half and die, -1 to fail with errno. */
static int strike(void) {
    long now = ++calls;
    if (mode == COUNT || now < target) return 0;
    if (now > target && mode != EIO_FROM_NOW_ON && mode != ENOSPC_FROM_NOW_ON) return 0;
    switch (mode) {
    case KILL: die(); return -1;
    case TEAR: return 1;
    case ENOSPC_FROM_NOW_ON: errno = ENOSPC; return -1;
    default: errno = EIO; return -1;
    }
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define WRITES(call, half) \
    if (meant(fd)) { \
        int struck = strike(); \
        if (struck < 0) return -1; \
        if (struck > 0) { (void)!half; die(); } \
    } \
    return call

#define CHANGES(call) \
    if (meant(fd)) { \
        int struck = strike(); \
        if (struck < 0) return -1; \
        if (struck > 0) die(); \
    } \
    return call

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    WRITES(real(fd, data, size), real(fd, data, size / 2));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(pwrite);
    WRITES(real(fd, data, size, at), real(fd, data, size / 2, at));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(pwrite64);
    WRITES(real(fd, data, size, at), real(fd, data, size / 2, at));
}

int fsync(int fd) {
    REAL(fsync);
    CHANGES(real(fd));
}

int fdatasync(int fd) {
    REAL(fdatasync);
    CHANGES(real(fd));
}

int ftruncate(int fd, off_t size) {
    REAL(ftruncate);
    CHANGES(real(fd, size));
}

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    CHANGES(real(fd, size));
}

int unlink(const char *path) {
    REAL(unlink);
    if (armed && meant_path(path)) {
        int struck = strike();
        if (struck < 0) return -1;
        if (struck > 0) die();
    }
    return real(path);
}
