/*
 * The yardstick of `make bench-sources`: what a careful C program has to do to watch a tree with inotify, and no more. New directories are
 * armed first and looked into afterwards, paths follow renames of directories, what appears, is closed or moves in is looked at (lstat).
 * No debouncing, no snapshot, no recovery: an overflow is printed, that is all.
 *
 *     inotify_reader DIRECTORY
 *
 * One line per event on stdout, flushed after each read: CLOCK_MONOTONIC ns, kind, size, modification time in ns, path, and for a move
 * its cookie or the old path; between them tabs. Names with a tab or a newline are not escaped: the storms
 * make none. On stderr, once it is armed: ready, milliseconds.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MASK (IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF)
#define READ_BYTES (64 * 1024)
#define PATH_BYTES (2 * PATH_MAX)

enum arming { AT_START, CREATED, MOVED_IN };

static int inotify;
static char **paths; /* By watch descriptor, which the kernel counts upwards; NULL where there is no watch. */
static int capacity;
static char *leaving; /* A directory that left its place, until it is known where to. */
static uint32_t leaving_cookie;
static volatile sig_atomic_t stopping;

static void stop(int signal_number)
{
    (void)signal_number;
    stopping = 1;
}

static void *grown(void *memory, size_t bytes)
{
    void *larger = realloc(memory, bytes);
    if (larger == NULL) {
        perror("realloc");
        exit(1);
    }
    return larger;
}

static char *copied(const char *text)
{
    size_t bytes = strlen(text) + 1;
    return memcpy(grown(NULL, bytes), text, bytes);
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void print_line(const char *kind, const char *path, bool look, uint32_t cookie)
{
    struct stat status;
    int64_t size = -1, written = -1;
    if (look && lstat(path, &status) == 0) {
        size = status.st_size;
        written = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
    }
    printf("%lld\t%s\t%lld\t%lld\t%s\t", (long long)now(), kind, (long long)size, (long long)written, path);
    if (cookie != 0)
        printf("%u", cookie);
    putchar('\n');
}

/* Puts the name behind the path and returns where the path ended; 0 when both together are too long. */
static size_t enter(char *path, const char *name)
{
    size_t length = strlen(path), name_length = strlen(name);
    if (length + name_length + 2 > PATH_BYTES)
        return 0;
    path[length] = '/';
    memcpy(path + length + 1, name, name_length + 1);
    return length;
}

static void remember(int watch, const char *path)
{
    if (watch >= capacity) {
        int wanted = watch * 2 + 1024;
        paths = grown(paths, (size_t)wanted * sizeof *paths);
        memset(paths + capacity, 0, (size_t)(wanted - capacity) * sizeof *paths);
        capacity = wanted;
    }
    free(paths[watch]);
    paths[watch] = copied(path);
}

/* Gives every watch at or below one path its new path, or, without one, takes it away. */
static void repath(const char *from, const char *to)
{
    size_t length = strlen(from);
    char path[PATH_BYTES];
    for (int watch = 0; watch < capacity; watch++) {
        const char *old = paths[watch];
        if (old == NULL || strncmp(old, from, length) != 0 || (old[length] != '\0' && old[length] != '/'))
            continue;
        if (to == NULL)
            inotify_rm_watch(inotify, watch); /* Its IN_IGNORED frees the path. */
        else if (snprintf(path, sizeof path, "%s%s", to, old + length) < (int)sizeof path)
            remember(watch, path);
    }
}

/* A directory that was watched under another path: it came here before this place was watched, so no event tells of its arrival. */
static void take_along(int watch, const char *path)
{
    char *old = copied(paths[watch]);
    printf("%lld\trenamed\t-1\t-1\t%s\t%s\n", (long long)now(), path, old);
    repath(old, path);
    free(old);
}

/*
 * The watch first, then the look: what is made in between is found twice rather than never. A directory moved in is looked through even
 * where it is watched: one below it may have been made while its path was another. `path` is a buffer of PATH_BYTES.
 */
static void arm(char *path, enum arming arming)
{
    int watch = inotify_add_watch(inotify, path, MASK | IN_ONLYDIR | IN_DONT_FOLLOW);
    if (watch < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            print_line(errno == ENOSPC ? "error_watch_limit" : "error_add_watch", path, false, 0);
        return;
    }
    bool is_new = watch >= capacity || paths[watch] == NULL;
    if (is_new)
        remember(watch, path);
    else if (strcmp(paths[watch], path) != 0)
        take_along(watch, path);
    if (!is_new && arming == CREATED)
        return;

    DIR *directory = opendir(path);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        size_t end = enter(path, entry->d_name);
        if (end == 0)
            continue;
        struct stat status;
        bool is_directory = entry->d_type == DT_DIR
            || (entry->d_type == DT_UNKNOWN && lstat(path, &status) == 0 && S_ISDIR(status.st_mode));
        if (is_new && arming != AT_START)
            print_line("found", path, true, 0);
        if (is_directory)
            arm(path, arming);
        path[end] = '\0';
    }
    closedir(directory);
}

/*
 * Both halves of a move are queued one after the other. Where something is queued between them, the directory counts as gone, and is armed
 * and looked into like a new one once the other half comes.
 */
static void end_leaving(const char *to)
{
    if (leaving != NULL)
        repath(leaving, to);
    free(leaving);
    leaving = NULL;
}

static bool is_other_half(const struct inotify_event *event)
{
    return event->mask & IN_MOVED_TO && event->cookie == leaving_cookie;
}

static bool is_empty(void)
{
    struct pollfd more = { .fd = inotify, .events = POLLIN };
    return poll(&more, 1, 10) == 0;
}

static const char *kind_of(uint32_t mask)
{
    return mask & IN_CREATE ? "created" : mask & IN_MODIFY ? "modified" : mask & IN_CLOSE_WRITE ? "closed"
        : mask & IN_DELETE ? "deleted" : mask & IN_MOVED_FROM ? "moved_from" : mask & IN_MOVED_TO ? "moved_to"
        : mask & IN_ATTRIB ? "attributes" : mask & IN_DELETE_SELF ? "deleted_self" : "other";
}

static void take(const struct inotify_event *event)
{
    char path[PATH_BYTES];
    if (!is_other_half(event))
        end_leaving(NULL);
    if (event->mask & IN_Q_OVERFLOW) {
        print_line("overflow", "", false, 0);
        return;
    }
    if (event->wd < 0 || event->wd >= capacity || paths[event->wd] == NULL)
        return;
    if (event->mask & IN_IGNORED) {
        free(paths[event->wd]);
        paths[event->wd] = NULL;
        return;
    }
    strcpy(path, paths[event->wd]);
    if (event->len > 0 && enter(path, event->name) == 0)
        return;

    print_line(kind_of(event->mask), path, event->mask & (IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO), event->cookie);
    if (!(event->mask & IN_ISDIR))
        return;
    if (event->mask & IN_MOVED_FROM) {
        leaving = copied(path);
        leaving_cookie = event->cookie;
    }
    if (event->mask & IN_MOVED_TO)
        end_leaving(path);
    if (event->mask & (IN_CREATE | IN_MOVED_TO))
        arm(path, event->mask & IN_CREATE ? CREATED : MOVED_IN);
}

int main(int count, char **arguments)
{
    static char buffer[READ_BYTES] __attribute__((aligned(__alignof__(struct inotify_event))));
    char root[PATH_BYTES];
    int64_t started = now();
    struct sigaction action = { .sa_handler = stop };
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (count != 2 || strlen(arguments[1]) >= PATH_MAX || (inotify = inotify_init1(IN_CLOEXEC)) < 0) {
        fprintf(stderr, "usage: inotify_reader DIRECTORY (%s)\n", strerror(errno));
        return 2;
    }
    setvbuf(stdout, NULL, _IOFBF, READ_BYTES);
    strcpy(root, arguments[1]);
    arm(root, AT_START);
    fprintf(stderr, "ready\t%lld\n", (long long)((now() - started) / 1000000));

    while (!stopping) {
        ssize_t bytes = read(inotify, buffer, sizeof buffer);
        if (bytes <= 0)
            break;
        for (char *next = buffer; next < buffer + bytes;) {
            const struct inotify_event *event = (const struct inotify_event *)next;
            take(event);
            next += sizeof *event + event->len;
        }
        fflush(stdout);
        if (leaving != NULL && is_empty())
            end_leaving(NULL);
    }

    for (int watch = 0; watch < capacity; watch++)
        free(paths[watch]);
    free(paths);
    free(leaving);
    close(inotify);
    return 0;
}
