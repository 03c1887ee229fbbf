using System.Collections.Concurrent;
using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FileMonitor.Values;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Mounts;

/// <summary>
/// Watches for mounts and unmounts below the roots, for all sources. The kernel wakes a thread that polls its table of mounts (proc(5):
/// POLLPRI), so waiting costs nothing. A change is in the table before the call that made it returns.
/// </summary>
/// <remarks>Owner of the mutable state: its thread. A flush asks it through the queue.</remarks>
internal sealed class MountWatch : IAsyncDisposable
{
    /// <summary>The table of this process. Not through "/proc/self", which is a link: links are refused.</summary>
    public static readonly string TablePath = $"/proc/{Environment.ProcessId}/mountinfo";

    private readonly Func<IEnumerable<MonitoredRoot>> _roots;
    private readonly Func<MonitoredRoot, string, Task> _remounted;
    private readonly Action<MountTable> _looked;
    private readonly SafeFileHandle _table;
    private readonly LinuxWait _wait = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _asked = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<Mount> _mounts;
    private Task _underWay = Task.CompletedTask;
    private bool _isStarted;
    private volatile bool _hasOtherRoots;
    private volatile bool _isDisposed;

    private MountWatch(SafeFileHandle table, Func<IEnumerable<MonitoredRoot>> roots, Func<MonitoredRoot, string, Task> remounted, Action<MountTable> looked)
    {
        (_table, _roots, _remounted, _looked) = (table, roots, remounted, looked);

        // Mounts from here on count as changes.
        _wait.For(_table, 0, LinuxWait.POLLPRI);
        _mounts = Read().Mounts;
    }

    /// <summary>Begins to watch the table; <see cref="Start"/> begins to call back. Null where there is no such table.</summary>
    /// <param name="roots">The roots at the moment.</param>
    /// <param name="remounted">
    /// Called with a mount point below a root after a mount or unmount there, or with an empty path when it was at the root or above. Completes
    /// when the directory is watched. On the thread.
    /// </param>
    /// <param name="looked">Called with the table at the start and after each change. On the thread.</param>
    /// <param name="tablePath">Where the table is.</param>
    /// <param name="obstacle">On Linux, why the table cannot be watched, as a sentence for the person on call; otherwise null.</param>
    public static MountWatch? TryOpen(
        Func<IEnumerable<MonitoredRoot>> roots, Func<MonitoredRoot, string, Task> remounted, Action<MountTable> looked, string tablePath, out string? obstacle)
    {
        obstacle = null;
        if (!LinuxFiles.IsSupported)
        {
            return null;
        }

        var table = new SafeFileHandle(LinuxProc.OpenToRead(tablePath), ownsHandle: true);
        if (table.IsInvalid)
        {
            obstacle = Unseen(tablePath, WatchLimit.ExplainNotWatched(LinuxErrors.LastError));
            return null;
        }

        try
        {
            return new MountWatch(table, roots, remounted, looked);
        }
        catch (IOException failed)
        {
            // The process has no descriptor left.
            obstacle = Unseen(tablePath, failed.Message);
            table.Dispose();
            return null;
        }
    }

    private static string Unseen(string tablePath, string reason) =>
        $"Mounts and unmounts below a root are not noticed, because {tablePath} cannot be watched: {reason}";

    public void Start()
    {
        _isStarted = true;
        new Thread(Run) { IsBackground = true, Name = "FileMonitor mounts" }.UnsafeStart();
    }

    /// <summary>Roots have come or gone: has the table looked at again.</summary>
    public void LookAgain()
    {
        _hasOtherRoots = true;
        _wait.WakeUp();
    }

    /// <summary>Completes when all earlier mounts and unmounts are watched and possible losses were reported.</summary>
    public Task SeenAsync()
    {
        if (!_isStarted || _ended.Task.IsCompleted)
        {
            return Task.CompletedTask;
        }

        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Enqueue(seen);
        _wait.WakeUp();
        return Task.WhenAny(seen.Task, _ended.Task);
    }

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        if (_isStarted)
        {
            _wait.WakeUp();
            await _ended.Task.ConfigureAwait(false);
        }

        _table.Dispose();
        _wait.Dispose();
    }

    private void Run()
    {
        try
        {
            _looked(Read());
            while (!_isDisposed)
            {
                // Count the callers before reading the table: only those are answered after it.
                var asked = _asked.Count;
                if (_wait.For(_table, asked > 0 ? 0 : Timeout.Infinite, LinuxWait.POLLPRI))
                {
                    Look();
                }

                if (_hasOtherRoots)
                {
                    _hasOtherRoots = false;
                    _looked(Read());
                }

                for (; asked > 0 && _asked.TryDequeue(out var seen); asked--)
                {
                    var answered = seen;
                    _ = _underWay.ContinueWith(_ => answered.TrySetResult(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                }
            }
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    /// <remarks>Reads through the open descriptor. If none were left to open the table again, everything would seem to be unmounted.</remarks>
    private MountTable Read()
    {
        var bytes = new byte[16 * 1024];
        var length = 0;
        for (int count; (count = LinuxContent.Read((int)_table.DangerousGetHandle(), bytes.AsSpan(length), length)) > 0;)
        {
            length += count;
            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, length * 2);
            }
        }

        return MountTable.Parse(PathText.Decode(bytes.AsSpan(0, length)));
    }

    /// <remarks>In a root whose subdirectories are not watched, a direct subdirectory is still an item, and a mount makes it another one.</remarks>
    private static bool IsWatched(MonitoredRoot root, string path) => path.Length > 0 && root.HasDirectory(path);

    private void Look()
    {
        var before = _mounts;
        var table = Read();
        _mounts = table.Mounts;
        var changed = before.Except(_mounts).Concat(_mounts.Except(before)).Select(mount => mount.MountPoint).Distinct().Order(StringComparer.Ordinal).ToArray();
        var underWay = new List<Task> { _underWay };
        foreach (var root in _roots())
        {
            if (Array.Exists(changed, point => MountPoint.IsAtOrAbove(point, root)))
            {
                // The path of the root may lead to another directory now, or to the same one again while the source watches the one from in
                // between.
                underWay.Add(_remounted(root, ""));
            }

            // Upper mount points first. Lower ones are found with them and again by themselves.
            underWay.AddRange(changed.Select(point => MountPoint.Below(root, point)).OfType<string>().Where(path => IsWatched(root, path)).Select(path => _remounted(root, path)));
        }

        _underWay = Task.WhenAll(underWay);
        _looked(table);
    }
}
