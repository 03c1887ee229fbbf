namespace FileMonitor.Durable.Journal;

/// <summary>Another process, or another writer of this one, has the journal open.</summary>
internal sealed class JournalInUseException(string path, string holder)
    : IOException($"The journal {path} is in use by {(holder.Length == 0 ? "another process" : holder)}; stop that one, or use another directory.");

/// <summary>What is on disk is not what was written: to go on would be to sign it. Nothing was changed.</summary>
internal sealed class JournalDamagedException(string path, string problem)
    : IOException($"The journal {path} is damaged: {problem} Verify it, keep it aside, and begin another in an empty directory.");

/// <summary>An anchor keeps checkpoints that are not of this journal, or not of this history of it: to append to them would cover that up. The message is for the engineer on call.</summary>
internal sealed class AnchorRefusedException(string message) : IOException(message);

/// <summary>The lines could not be made durable. They are still held, and the next commit tries again in a new segment.</summary>
internal sealed class JournalWriteException(string path, bool isDiskFull, Exception cause)
    : IOException(isDiskFull ? $"No room is left for the journal {path}; make some." : $"The journal {path} could not be written: {cause.Message}", cause)
{
    /// <summary>Whether it works again when there is room.</summary>
    public bool IsDiskFull { get; } = isDiskFull;

    /// <summary>Whether an error of the disk is want of room: ENOSPC and EDQUOT, or their names on Windows.</summary>
    public static bool IsFull(Exception error) =>
        OperatingSystem.IsWindows() ? (error.HResult & 0xFFFF) is 0x70 or 0x27 : error is IOException && error.HResult is 28 or 122;
}
