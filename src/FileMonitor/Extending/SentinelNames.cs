using System.Collections.Concurrent;
using System.Globalization;

namespace FileMonitor.Extending;

/// <summary>
/// The names of the empty files that a flush makes in a root and waits to hear of. Only names that were given out and not withdrawn are the
/// monitor's own: by a pattern, anyone could hide a file behind it. Any thread.
/// </summary>
internal sealed class SentinelNames
{
    private const int MaxRetired = 64;

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _retired = new();
    private long _last;

    public SentinelNames() => Prefix = $".filemonitor-{Guid.NewGuid():n}-";

    public string Prefix { get; }

    /// <summary>A new name, and the task that completes when a hint about it is heard.</summary>
    public (string Name, Task Heard) Issue()
    {
        var name = Prefix + Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[name] = heard;
        return (name, heard.Task);
    }

    /// <summary>Whether a path is a sentinel of ours that is on disk, or may be.</summary>
    public bool IsOwn(string relativePath) => _open.ContainsKey(relativePath);

    /// <summary>A hint came; true when it was about a sentinel, which is then nobody else's business.</summary>
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
    /// The file is deleted, but hints about it may still come: the name stays ours until the one about the deletion is heard, which may be
    /// never, or until 64 later files were deleted.
    /// </summary>
    public void Retire(string name)
    {
        _retired.Enqueue(name);
        while (_retired.Count > MaxRetired && _retired.TryDequeue(out var oldest))
        {
            Withdraw(oldest);
        }
    }

    /// <summary>The file was never made, or nothing more will be heard of it.</summary>
    public void Withdraw(string name) => _open.TryRemove(name, out _);
}
