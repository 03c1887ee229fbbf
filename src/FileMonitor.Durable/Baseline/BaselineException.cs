namespace FileMonitor.Durable.Baseline;

/// <summary>What is wrong with the baseline, as the caller answers it.</summary>
internal enum BaselineFault
{
    /// <summary>What is stored contradicts itself. The caller closes the store, opens it with a new database, and tells a gap.</summary>
    Damaged,

    /// <summary>A change does not fit what is stored: the changes before it were others. The answer is the same as to <see cref="Damaged"/>.</summary>
    DoesNotFit,

    /// <summary>A newer version of this library made it. It is left as it is.</summary>
    NewerVersion,

    /// <summary>No space is left for it. Nothing was changed; the same call may succeed later.</summary>
    StorageFull,

    /// <summary>It could not be read or written. Nothing was changed.</summary>
    StorageFailed,

    /// <summary>Another process, or another store of this one, has it open.</summary>
    InUse,
}

/// <summary>The baseline could not be opened, read or changed. A change that was begun has been undone.</summary>
internal sealed class BaselineException(BaselineFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    public BaselineFault Fault { get; } = fault;
}
