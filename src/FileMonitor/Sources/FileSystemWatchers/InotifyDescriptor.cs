using System.Globalization;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.FileSystemWatchers;

/// <summary>
/// The inotify descriptor of a FileSystemWatcher on Linux, which .NET does not expose: found as the new one in <c>/proc/self/fd</c>. A watcher
/// whose thread has ended (dotnet/runtime#133420) reports nothing, but its descriptor is closed.
/// </summary>
/// <remarks>
/// The number of a closed descriptor goes to the next file that is opened. That file is recognised by its link, and another watcher of ours by
/// its claim. Only an inotify instance of the host that gets the number before the next look is mistaken for ours.
/// </remarks>
internal sealed class InotifyDescriptor
{
    private const string Descriptors = "/proc/self/fd";
    private const string InotifyLink = "anon_inode:inotify";
    private const int None = -1;

    // From .NET 11 on, all watchers share one descriptor. Before, a watcher without a new descriptor died before we looked: a move of a
    // directory can be that quick.
    private static readonly bool HasOneEach = Environment.Version.Major <= 10;

    // Long enough for the largest tree, but a root on a disk that hangs must not keep all others from being armed.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // How long a disposed watcher takes to end: a few milliseconds at most.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(25);

    // Held while a watcher is armed, so that the new descriptor is its own.
    private static readonly Lock Arming = new();

    // The claims by number. Owner: whoever holds the lock.
    private static readonly Dictionary<int, InotifyDescriptor> Claims = [];
    private static readonly Lock ClaimsGate = new();

    private InotifyDescriptor(int number) => Number = number;

    public int Number { get; }

    /// <summary>False once it is closed, or its number belongs to another watcher of ours: then its watcher is dead.</summary>
    public bool IsOpen
    {
        get
        {
            lock (ClaimsGate)
            {
                if (Claims.GetValueOrDefault(Number) != this)
                {
                    return false;
                }
            }

            return IsInotify(Number);
        }
    }

    /// <summary>Enables a watcher and finds the descriptor that it opens.</summary>
    /// <returns>Null when the descriptor cannot be identified, and on other systems. It may be closed already.</returns>
    public static InotifyDescriptor? ClaimNew(string root, Action enable)
    {
        if (!OperatingSystem.IsLinux())
        {
            enable();
            return null;
        }

        var isAlone = Arming.TryEnter(Patience);
        try
        {
            var before = ListOpen();
            enable();
            var after = ListOpen();
            if (before is null || after is null)
            {
                return null;
            }

            var opened = after.Except(before).ToArray();
            if (isAlone && opened.Length == 1)
            {
                return Claim(opened[0]);
            }

            // Other code of the process may have opened descriptors, too: then the watched root identifies ours. A descriptor that was closed
            // meanwhile may have left its number to ours, which is then not new.
            var own = Array.FindAll(opened, number => Watches(number, root));
            if (own.Length == 0)
            {
                own = [.. after.Where(number => !IsClaimed(number) && Watches(number, root))];
            }

            return own.Length == 1 ? Claim(own[0])
                : opened.Length == 0 && own.Length == 0 && HasOneEach ? new InotifyDescriptor(None)
                : null;
        }
        finally
        {
            if (isAlone)
            {
                Arming.Exit();
            }
        }
    }

    /// <summary>Claims a number. An earlier claim is dead, because the system reuses a number only once it is closed.</summary>
    internal static InotifyDescriptor Claim(int number)
    {
        var claim = new InotifyDescriptor(number);
        lock (ClaimsGate)
        {
            Claims[number] = claim;
        }

        return claim;
    }

    /// <summary>Ends the claim after the watcher was disposed. Waits briefly until the descriptor is closed.</summary>
    /// <returns>Whether it is closed.</returns>
    /// <remarks>
    /// A successor that is armed too early may lack watches that are still held, and may get this number, so that its descriptor is not new and
    /// not found.
    /// </remarks>
    public bool Release(TimeSpan patience)
    {
        var isClosed = SpinWait.SpinUntil(() => !IsOpen, Moment);
        if (!isClosed)
        {
            // The thread sleeps until there is something to read, and Dispose wakes it by removing its watches. When the root was deleted there
            // are none: thread and descriptor would stay for ever, one of 128 that a user has.
            LinuxInotify.Wake(Number);
            isClosed = SpinWait.SpinUntil(() => !IsOpen, patience);
        }

        lock (ClaimsGate)
        {
            if (Claims.GetValueOrDefault(Number) == this)
            {
                Claims.Remove(Number);
            }
        }

        return isClosed;
    }

    private static bool IsClaimed(int number)
    {
        lock (ClaimsGate)
        {
            return Claims.ContainsKey(number);
        }
    }

    /// <summary>The inotify descriptors of the process; null without /proc.</summary>
    private static HashSet<int>? ListOpen()
    {
        var open = new HashSet<int>();
        try
        {
            foreach (var link in Directory.EnumerateFileSystemEntries(Descriptors))
            {
                if (int.TryParse(Path.GetFileName(link.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && IsInotify(number))
                {
                    open.Add(number);
                }
            }
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return open;
    }

    private static bool IsInotify(int number)
    {
        try
        {
            return new FileInfo(string.Create(CultureInfo.InvariantCulture, $"{Descriptors}/{number}")).LinkTarget == InotifyLink;
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether one of its watches is on the root. Compared by inode only: the device number of stat can differ from the kernel's.</summary>
    internal static bool Watches(int number, string root)
    {
        var inode = new DiskFileView().GetStatus(root, "").FileNumber;
        var watch = string.Create(CultureInfo.InvariantCulture, $" ino:{inode:x} ");
        try
        {
            return inode != 0
                && File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{number}"))
                    .Any(line => line.StartsWith("inotify ", StringComparison.Ordinal) && line.Contains(watch, StringComparison.Ordinal));
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
