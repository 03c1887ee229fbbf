using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>Since when a file is held, and what it looked like. Owner: <see cref="HeldFiles"/>.</summary>
/// <param name="since">The timestamp of the first question.</param>
internal sealed class Hold(long since)
{
    private (long Size, long WriteTicks) _seen;

    public long Since { get; } = since;

    /// <summary>When to ask again; null when the file need not be held.</summary>
    public long? AskAt { get; set; }

    /// <summary>Since when size and time are the same.</summary>
    public long SameSince { get; private set; } = since;

    public void See(in FileStatus status, long now)
    {
        if (_seen != (status.Size, status.LastWriteTicks))
        {
            (_seen, SameSince) = ((status.Size, status.LastWriteTicks), now);
        }
    }
}
