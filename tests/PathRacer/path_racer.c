/*
 * Swaps what stands at paths below a watched directory as fast as it can, for `.ci/race`: a component is a directory, then a file, a link to a
 * directory outside, a pipe, a device, and a directory again. What is outside has the same names as what is inside, so that whoever follows a
 * link finds something. Nothing outside is ever changed, and nothing outside is ever moved in.
 *
 *     path_racer WATCHED STAGE OUTSIDE SECONDS SEED
 *
 * STAGE is a directory on the same file system as WATCHED, not watched: there the next item is made, and then exchanged with what stands at
 * the path, so that the path is never empty (renameat2 with RENAME_EXCHANGE; where there is none, one after the other).
 *
 * Behind every pipe somebody waits for a reader: if one comes, the watcher has opened a pipe, which it never may. Ends with 0 when nobody did,
 * with 1 when somebody did, with 2 for a failure. On stdout: how many swaps of each kind there were.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define COMPONENTS 6

enum kind { DIRECTORY, FILE_ITEM, LINK_OUTSIDE, PIPE, DEVICE, KINDS };

static const char *const kind_names[KINDS] = {"directories", "files", "links", "pipes", "devices"};

/* The second of each pair lies in the first, and is swapped only while that is a directory. */
static const char *const components[COMPONENTS] = {"a", "a/deep", "b", "b/deep", "c", "c/deep"};

static const char *watched, *stage, *outside;
static enum kind standing[COMPONENTS];
static long swapped[KINDS];
static bool may_make_devices = true;
static uint64_t state;
static atomic_bool is_ours; /* The reader that comes now is we ourselves. */
static atomic_long opened;

static void fail(const char *what)
{
    fprintf(stderr, "path_racer: %s: %s\n", what, strerror(errno));
    exit(2);
}

static uint32_t draw(uint32_t below)
{
    /* xorshift64: the same run for the same seed, as far as the scheduler lets it. */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % below;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void pause_us(uint32_t microseconds)
{
    struct timespec pause = {0, (long)microseconds * 1000};
    nanosleep(&pause, NULL);
}

static void join(char *path, const char *directory, const char *name)
{
    if (snprintf(path, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        fail(name);
    }
}

static void write_file(const char *path, const char *content)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0 || write(file, content, strlen(content)) < 0)
        fail(path);
    close(file);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

static void remove_tree(const char *path)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        fail(path);
}

/* A directory with what every directory here has; two levels of it for the upper ones. */
static void make_directory(const char *path, bool is_upper)
{
    char name[PATH_MAX];
    if (mkdir(path, 0755) != 0)
        fail(path);
    join(name, path, "secret");
    write_file(name, "in");
    join(name, path, "link");
    if (symlink("inside", name) != 0)
        fail(name);
    if (is_upper) {
        join(name, path, "deep");
        make_directory(name, false);
    }
}

static void *wait_for_reader(void *path)
{
    /* Late, it finds nothing any more, or what the pipe was exchanged with. */
    struct stat status;
    int pipe = open(path, O_WRONLY | O_CLOEXEC);
    if (pipe < 0)
        return NULL;
    if (fstat(pipe, &status) == 0 && S_ISFIFO(status.st_mode) && !atomic_load(&is_ours))
        atomic_fetch_add(&opened, 1);
    close(pipe);
    return NULL;
}

static void make(enum kind kind, const char *path, int component)
{
    bool is_upper = strchr(components[component], '/') == NULL;
    char target[PATH_MAX];
    int failed = 0;
    switch (kind) {
    case DIRECTORY:
        make_directory(path, is_upper);
        break;
    case FILE_ITEM:
        write_file(path, "a file");
        break;
    case LINK_OUTSIDE:
        join(target, outside, is_upper ? "" : "deep");
        failed = symlink(target, path);
        break;
    case PIPE:
        failed = mkfifo(path, 0644);
        break;
    default:
        /* /dev/zero: whoever reads it does not come to an end. */
        failed = mknod(path, S_IFCHR | 0644, makedev(1, 5));
        break;
    }
    if (failed != 0)
        fail(path);
}

static void swap(const char *next, const char *path)
{
    static bool can_exchange = true;
    if (can_exchange && draw(8) != 0) {
        if (renameat2(AT_FDCWD, next, AT_FDCWD, path, RENAME_EXCHANGE) == 0) {
            remove_tree(next);
            return;
        }
        if (errno != EINVAL && errno != ENOSYS)
            fail(path);
        can_exchange = false;
    }
    if (draw(2) == 0) {
        remove_tree(path);
    } else {
        /* Out of the root as a whole. */
        char gone[PATH_MAX];
        join(gone, stage, "gone");
        if (rename(path, gone) != 0)
            fail(path);
        remove_tree(gone);
    }
    if (rename(next, path) != 0)
        fail(path);
}

/* What stands there is touched, so that the watcher has reason to look; only where it is known to be inside. */
static void touch(int component)
{
    static const char *const contents[] = {"in", "inside", "once more inside"};
    char path[PATH_MAX], name[PATH_MAX];
    join(path, watched, components[component]);
    if (standing[component] == FILE_ITEM) {
        write_file(path, contents[draw(3)]);
    } else if (standing[component] == DIRECTORY) {
        join(name, path, "secret");
        write_file(name, contents[draw(3)]);
        if (draw(4) == 0) {
            join(name, path, "link");
            unlink(name);
            if (symlink(contents[draw(3)], name) != 0)
                fail(name);
        }
    }
}

static void flip(int component)
{
    char next[PATH_MAX], path[PATH_MAX];
    pthread_t waiter;
    enum kind kind;
    do {
        kind = standing[component] == DIRECTORY ? draw(KINDS) : draw(3) == 0 ? draw(KINDS) : DIRECTORY;
        if (kind == DIRECTORY && standing[component] == DIRECTORY && draw(2) == 0)
            kind = LINK_OUTSIDE;
    } while (kind == DEVICE && !may_make_devices);

    join(path, watched, components[component]);
    join(next, stage, "next");
    make(kind, next, component);
    atomic_store(&is_ours, false);
    if (kind == PIPE && pthread_create(&waiter, NULL, wait_for_reader, next) != 0)
        fail("a thread");
    if (kind == PIPE)
        pause_us(200);
    touch(component);
    swap(next, path);
    standing[component] = kind;
    if (component % 2 == 0)
        standing[component + 1] = DIRECTORY;
    swapped[kind]++;

    /* Mostly at once the next; now and then long enough for a look at what settled. */
    uint32_t patience = draw(20);
    if (kind == PIPE || patience < 12)
        pause_us(patience < 1 ? 40000 + draw(40000) : patience < 6 ? draw(4000) : draw(400));

    if (kind == PIPE) {
        atomic_store(&is_ours, true);
        int reader = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        if (reader < 0)
            fail(path);
        pthread_join(waiter, NULL);
        close(reader);
    }
}

int main(int count, char **arguments)
{
    char path[PATH_MAX];
    if (count != 6) {
        fprintf(stderr, "path_racer WATCHED STAGE OUTSIDE SECONDS SEED\n");
        return 2;
    }
    watched = arguments[1];
    stage = arguments[2];
    outside = arguments[3];
    int64_t end = now_ns() + (int64_t)atoi(arguments[4]) * 1000000000;
    state = strtoull(arguments[5], NULL, 10) * 0x9E3779B97F4A7C15u + 1;

    join(path, stage, "probe");
    if (mknod(path, S_IFCHR | 0644, makedev(1, 5)) != 0)
        may_make_devices = false;
    else
        unlink(path);

    for (int component = 0; component < COMPONENTS; component += 2) {
        join(path, watched, components[component]);
        make_directory(path, true);
    }
    while (now_ns() < end) {
        int component = (int)draw(COMPONENTS);
        if (component % 2 == 1 && standing[component - 1] != DIRECTORY)
            component--;
        flip(component);
        if (draw(3) == 0)
            touch(component);
    }
    for (int component = 0; component < COMPONENTS; component += 2) {
        join(path, watched, components[component]);
        remove_tree(path);
    }
    for (int kind = 0; kind < KINDS; kind++)
        printf("%ld %s%s", swapped[kind], kind_names[kind], kind == KINDS - 1 ? "\n" : ", ");
    if (atomic_load(&opened) > 0) {
        fprintf(stderr, "path_racer: %ld pipes were opened by somebody\n", atomic_load(&opened));
        return 1;
    }
    return 0;
}
