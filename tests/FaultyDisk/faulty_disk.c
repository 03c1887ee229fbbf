/*
 * A disk that fails, for one process: a library for LD_PRELOAD. It stands between the process and the calls that write, for files below one directory,
 * whoever makes these calls: the .NET runtime, SQLite, or a P/Invoke. It can let calls fail, end the process at a given call, and keep what a loss of
 * power would leave. Environment:
 *
 *   FAULTY_DISK_BELOW    The directory, as an absolute path without links. Without it nothing is changed.
 *   FAULTY_DISK_CONTROL  A file. While it exists, calls fail as its one line says: "ERRNO OPERATIONS NAME", for example "5 write,sync baseline.db".
 *                        NAME is a part of the path; "*" is every file.
 *   FAULTY_DISK_STEPS    A file of 16 bytes that is mapped: how many steps there were, and how many calls were refused.
 *   FAULTY_DISK_DIE_AT   The step at which the process kills itself. A write is two steps: before it, and when half of it is written.
 *   FAULTY_DISK_SYNCED   An empty directory that gets what would outlast a loss of power: "names" with "ID NAME" for each name, and a file for each ID. A
 *                        file is kept as it was when it was last forced to the device, a name when its directory was. "names-now" has the names at the
 *                        death of the process.
 *   FAULTY_DISK_SYNC     How many microseconds a file takes at least to be forced to the device: a slower device than the one that is there.
 *
 * Every call counts as a step, also one that fails by itself. One mutex keeps the calls apart, so that what is kept is a state that there was.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MOST_FILES 65536

enum operation { WRITE, SYNC, RENAME, UNLINK, CREATE, TRUNCATE };

static const char *const names[] = { "write", "sync", "rename", "unlink", "create", "truncate" };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static char below[PATH_MAX];
static size_t below_length;
static const char *control;
static const char *synced;
static long die_at;
static struct timespec sync_pause;
static long own_steps[2];
static long *steps = own_steps;

/* The number of the file that has an inode now. An inode is used again, a number is not. */
static ino_t inodes[MOST_FILES];
static int files;

static void *(*real_dlsym)(void *, const char *);


static void give_up(const char *why)
{
    dprintf(2, "faulty_disk: %s (%s)\n", why, strerror(errno));
    abort();
}

static void keep_names(const char *kept, int is_begin);

static void die(void)
{
    if (synced != NULL) {
        keep_names("names-now", 0);
    }
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

static int number_of(ino_t inode)
{
    for (int file = files - 1; file >= 0; file--) {
        if (inodes[file] == inode) {
            return file;
        }
    }
    return -1;
}

static void copy(int from, int number)
{
    char path[PATH_MAX];
    char bytes[65536];
    ssize_t count;
    off_t offset = 0;
    snprintf(path, sizeof path, "%s/%d", synced, number);
    int to = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (to < 0) {
        give_up("a synced file cannot be kept");
    }
    while ((count = pread(from, bytes, sizeof bytes, offset)) > 0) {
        if (syscall(SYS_pwrite64, to, bytes, count, offset) != count) {
            give_up("a synced file cannot be kept");
        }
        offset += count;
    }
    syscall(SYS_close, to);
}

/* Which names there are, and of which file each is. A file that is seen for the first time gets its number. */
static void keep_names(const char *kept, int is_begin)
{
    char path[PATH_MAX * 2];
    struct stat status;
    DIR *listing = opendir(below);
    if (listing == NULL) {
        return;
    }
    snprintf(path, sizeof path, "%s/%s", synced, kept);
    int to = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", below, entry->d_name);
        if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
            continue;
        }
        if (number_of(status.st_ino) < 0 && is_begin && files < MOST_FILES) {
            /* It was there before: all of it has reached the device. */
            inodes[files++] = status.st_ino;
            int from = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
            copy(from, files - 1);
            syscall(SYS_close, from);
        }
        int length = snprintf(path, sizeof path, "%d %s\n", number_of(status.st_ino), entry->d_name);
        if (syscall(SYS_write, to, path, length) != length) {
            give_up("names cannot be kept");
        }
    }
    syscall(SYS_close, to);
    closedir(listing);
}

static void keep(int descriptor)
{
    struct stat status;
    char path[64];
    if (synced == NULL || fstat(descriptor, &status) != 0) {
        return;
    }
    if (S_ISDIR(status.st_mode)) {
        keep_names("names", 0);
        return;
    }
    int number = number_of(status.st_ino);
    if (S_ISREG(status.st_mode) && number >= 0) {
        /* The descriptor itself may be for writing only. */
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        int from = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        if (from < 0) {
            give_up("a file that is forced to the device cannot be read");
        }
        copy(from, number);
        syscall(SYS_close, from);
    }
}

static int is_below(const char *path)
{
    return below_length > 0 && strncmp(path, below, below_length) == 0 && (path[below_length] == '/' || path[below_length] == 0);
}

static int path_of(int descriptor, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0 && path[0] == '/';
}

static int is_ours(int descriptor, char *path)
{
    return below_length > 0 && path_of(descriptor, path) && is_below(path);
}

static int is_ours_at(int directory, const char *name, char *path)
{
    char base[PATH_MAX];
    if (below_length == 0 || name == NULL) {
        return 0;
    }
    if (name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
    } else if (directory == AT_FDCWD || !path_of(directory, base)) {
        return 0;
    } else if (snprintf(path, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) {
        return 0;
    }
    return is_below(path);
}

/* What the control file says of this call: an error, or 0. */
static int fault(enum operation operation, const char *path)
{
    char line[512];
    char operations[256];
    char name[256];
    int error = 0;
    int file = control == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) {
        return 0;
    }
    ssize_t length = syscall(SYS_read, file, line, sizeof line - 1);
    syscall(SYS_close, file);
    line[length < 0 ? 0 : length] = 0;
    if (sscanf(line, "%d %255s %255s", &error, operations, name) != 3 || strstr(operations, names[operation]) == NULL) {
        return 0;
    }
    return strcmp(name, "*") == 0 || strstr(path + below_length, name) != NULL ? error : 0;
}

static int is_last(void)
{
    return __atomic_add_fetch(&steps[0], 1, __ATOMIC_SEQ_CST) == die_at;
}

/* Takes the mutex. What it returns is the error of the call, or 0; leave() gives the mutex back. */
static int enter(enum operation operation, const char *path)
{
    pthread_mutex_lock(&gate);
    if (is_last()) {
        die();
    }
    int error = fault(operation, path);
    if (error != 0) {
        __atomic_add_fetch(&steps[1], 1, __ATOMIC_SEQ_CST);
    }
    return error;
}

static void leave(void)
{
    int saved = errno;
    pthread_mutex_unlock(&gate);
    errno = saved;
}

static long refused(int error)
{
    pthread_mutex_unlock(&gate);
    errno = error;
    return -1;
}

static ssize_t write_vector(int descriptor, const struct iovec *parts, int count, off_t offset, int has_offset)
{
    char path[PATH_MAX];
    int ours = is_ours(descriptor, path);
    if (ours) {
        int error = enter(WRITE, path);
        if (error != 0) {
            return refused(error);
        }
        if (is_last()) {
            size_t half = parts[0].iov_len / 2;
            (void)!(has_offset ? syscall(SYS_pwrite64, descriptor, parts[0].iov_base, half, offset) : syscall(SYS_write, descriptor, parts[0].iov_base, half));
            die();
        }
    }
    ssize_t written = has_offset
        ? syscall(SYS_pwritev, descriptor, parts, (long)count, (long)offset, 0L)
        : syscall(SYS_writev, descriptor, parts, (long)count);
    if (ours) {
        leave();
    }
    return written;
}

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    struct iovec part = { (void *)bytes, count };
    return write_vector(descriptor, &part, 1, 0, 0);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    return write_vector(descriptor, parts, count, 0, 0);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    struct iovec part = { (void *)bytes, count };
    return write_vector(descriptor, &part, 1, offset, 1);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset)
{
    return pwrite(descriptor, bytes, count, offset);
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset)
{
    return write_vector(descriptor, parts, count, offset, 1);
}

ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off64_t offset)
{
    return write_vector(descriptor, parts, count, offset, 1);
}

static int sync_file(int descriptor, long call)
{
    char path[PATH_MAX];
    int ours = is_ours(descriptor, path);
    if (ours) {
        int error = enter(SYNC, path);
        if (error != 0) {
            return (int)refused(error);
        }
    }
    nanosleep(&sync_pause, NULL);
    int answer = (int)syscall(call, descriptor);
    if (ours) {
        if (answer == 0) {
            keep(descriptor);
        }
        leave();
    }
    return answer;
}

int fsync(int descriptor)
{
    return sync_file(descriptor, SYS_fsync);
}

int fdatasync(int descriptor)
{
    return sync_file(descriptor, SYS_fdatasync);
}

int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags)
{
    char path[PATH_MAX];
    int ours = is_ours_at(to_directory, to, path);
    if (ours) {
        int error = enter(RENAME, path);
        if (error != 0) {
            return (int)refused(error);
        }
    }
    int answer = (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
    if (ours) {
        leave();
    }
    return answer;
}

int renameat(int from_directory, const char *from, int to_directory, const char *to)
{
    return renameat2(from_directory, from, to_directory, to, 0);
}

int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int directory, const char *name, int flags)
{
    char path[PATH_MAX];
    int ours = is_ours_at(directory, name, path);
    if (ours) {
        int error = enter(UNLINK, path);
        if (error != 0) {
            return (int)refused(error);
        }
    }
    int answer = (int)syscall(SYS_unlinkat, directory, name, flags);
    if (ours) {
        leave();
    }
    return answer;
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int ftruncate(int descriptor, off_t length)
{
    char path[PATH_MAX];
    int ours = is_ours(descriptor, path);
    if (ours) {
        int error = enter(TRUNCATE, path);
        if (error != 0) {
            return (int)refused(error);
        }
    }
    int answer = (int)syscall(SYS_ftruncate, descriptor, length);
    if (ours) {
        leave();
    }
    return answer;
}

int ftruncate64(int descriptor, off64_t length)
{
    return ftruncate(descriptor, length);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length)
{
    char path[PATH_MAX];
    int ours = is_ours(descriptor, path);
    if (ours) {
        int error = enter(TRUNCATE, path);
        if (error != 0) {
            return (int)refused(error);
        }
    }
    int answer = (int)syscall(SYS_fallocate, descriptor, mode, offset, length);
    if (ours) {
        leave();
    }
    return answer;
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t length)
{
    return fallocate(descriptor, mode, offset, length);
}

/* Only what makes a file is a step. */
static int open_file(int directory, const char *name, int flags, mode_t mode)
{
    char path[PATH_MAX];
    struct stat status;
    int makes = (flags & O_CREAT) != 0 && is_ours_at(directory, name, path) && lstat(path, &status) != 0;
    if (makes) {
        int error = enter(CREATE, path);
        if (error != 0) {
            return (int)refused(error);
        }
    }
    int descriptor = (int)syscall(SYS_openat, directory, name, flags, mode);
    if (makes) {
        if (synced != NULL && descriptor >= 0 && fstat(descriptor, &status) == 0 && files < MOST_FILES) {
            inodes[files++] = status.st_ino;
        }
        leave();
    }
    return descriptor;
}

static mode_t mode_of(int flags, va_list more)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
}

#define OPEN(call, directory)                             \
    {                                                     \
        va_list more;                                     \
        va_start(more, flags);                            \
        mode_t mode = mode_of(flags, more);               \
        va_end(more);                                     \
        return open_file((directory), name, flags, mode); \
    }

int open(const char *name, int flags, ...) OPEN(open, AT_FDCWD)
int open64(const char *name, int flags, ...) OPEN(open64, AT_FDCWD)
int openat(int directory, const char *name, int flags, ...) OPEN(openat, directory)
int openat64(int directory, const char *name, int flags, ...) OPEN(openat64, directory)

/*
 * A P/Invoke asks libc itself for its functions, not what stands before it. For other names this is one jump, so that the real function sees who called.
 */
void *dlsym(void *handle, const char *name)
{
    /* Of glibc; it was moved in 2.34. */
    static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5" };
    static const struct {
        const char *name;
        void *ours;
    } own[] = {
        { "write", write }, { "writev", writev }, { "pwrite", pwrite }, { "pwrite64", pwrite64 }, { "pwritev", pwritev }, { "pwritev64", pwritev64 },
        { "fsync", fsync }, { "fdatasync", fdatasync }, { "rename", rename }, { "renameat", renameat }, { "renameat2", renameat2 }, { "unlink", unlink },
        { "unlinkat", unlinkat }, { "ftruncate", ftruncate }, { "ftruncate64", ftruncate64 }, { "fallocate", fallocate }, { "fallocate64", fallocate64 },
        { "open", open }, { "open64", open64 }, { "openat", openat }, { "openat64", openat64 },
    };
    for (size_t at = 0; at < sizeof own / sizeof own[0]; at++) {
        if (strcmp(name, own[at].name) == 0) {
            return own[at].ours;
        }
    }
    for (size_t at = 0; real_dlsym == NULL && at < sizeof versions / sizeof versions[0]; at++) {
        real_dlsym = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", versions[at]);
    }
    return real_dlsym(handle, name);
}

__attribute__((constructor)) static void begin(void)
{
    const char *directory = getenv("FAULTY_DISK_BELOW");
    const char *last = getenv("FAULTY_DISK_DIE_AT");
    const char *counted = getenv("FAULTY_DISK_STEPS");
    const char *slow = getenv("FAULTY_DISK_SYNC");
    if (directory == NULL || strlen(directory) >= sizeof below) {
        return;
    }
    control = getenv("FAULTY_DISK_CONTROL");
    synced = getenv("FAULTY_DISK_SYNCED");
    die_at = last == NULL ? 0 : atol(last);
    long pause = slow == NULL ? 0 : atol(slow);
    sync_pause = (struct timespec){ pause / 1000000, pause % 1000000 * 1000 };
    if (counted != NULL) {
        int file = syscall(SYS_openat, AT_FDCWD, counted, O_RDWR | O_CLOEXEC, 0);
        void *mapped = mmap(NULL, sizeof own_steps, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (mapped == MAP_FAILED) {
            give_up("the file of steps cannot be mapped");
        }
        steps = mapped;
        syscall(SYS_close, file);
    }
    strcpy(below, directory);
    if (synced != NULL) {
        keep_names("names", 1);
    }
    below_length = strlen(below);
}
