using System.Collections.Concurrent;
using System.Globalization;

namespace FileMonitor.Extending;

/// <summary>
/// The names of the sentinel files, which a flush creates in a root to wait for their hints. Only issued names count as the monitor's own: with
/// a pattern, anyone could hide a file. Any thread.
/// </summary>
internal sealed class SentinelNames
{
    private const int MaxRetired = 64;

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _retired = new();
    private long _last;

    public SentinelNames() => Prefix = $".filemonitor-{Guid.NewGuid():n}-";

    public string Prefix { get; }

    /// <summary>A new name, and the task that completes when a hint about it comes.</summary>
    public (string Name, Task Heard) Issue()
    {
        var name = Prefix + Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[name] = heard;
        return (name, heard.Task);
    }

    /// <summary>Whether a path is an issued sentinel, which is or may be on disk.</summary>
    public bool IsOwn(string relativePath) => _open.ContainsKey(relativePath);

    /// <summary>Handles a hint; true when it is about a sentinel, and so not to be written.</summary>
    public bool TryHear(string relativePath, bool isDeleted)
    {
        if (!relativePath.StartsWith(Prefix, StringComparison.Ordinal) || !_open.TryGetValue(relativePath, out var heard))
        {
            return false;
        }

        heard.TrySetResult();
        if (isDeleted)
        {
            Withdraw(relativePath);
        }

        return true;
    }

    /// <summary>
    /// The file is deleted, but hints about it may still come. The name stays ours until the hint about the deletion, which may never come, or
    /// until 64 later files were deleted.
    /// </summary>
    public void Retire(string name)
    {
        _retired.Enqueue(name);
        while (_retired.Count > MaxRetired && _retired.TryDequeue(out var oldest))
        {
            Withdraw(oldest);
        }
    }

    /// <summary>The file was not created, or no more hints about it come.</summary>
    public void Withdraw(string name) => _open.TryRemove(name, out _);
}
