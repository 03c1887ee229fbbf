namespace FileMonitor.Durable.Baseline;

/// <summary>What is wrong with the baseline, by what the caller must do.</summary>
internal enum BaselineFault
{
    /// <summary>The stored data contradict themselves. The caller closes the store, moves the database aside, opens a new one, and reports a gap.</summary>
    Damaged,

    /// <summary>A change does not fit the stored tree: earlier changes are missing. The caller does the same as for <see cref="Damaged"/>.</summary>
    DoesNotFit,

    /// <summary>A newer version of this library made the database. It is left unchanged.</summary>
    NewerVersion,

    /// <summary>The disk is full. Nothing was changed; the same call may succeed later.</summary>
    StorageFull,

    /// <summary>The database could not be read or written. Nothing was changed.</summary>
    StorageFailed,

    /// <summary>Another process, or another store of this process, has the database open.</summary>
    InUse,
}

/// <summary>The baseline could not be opened, read or changed. An open transaction was rolled back.</summary>
internal sealed class BaselineException(BaselineFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    public BaselineFault Fault { get; } = fault;
}
