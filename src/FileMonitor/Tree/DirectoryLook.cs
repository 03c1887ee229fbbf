namespace FileMonitor.Tree;

/// <summary>Why a directory is queued to be scanned. Reasons add up.</summary>
[Flags]
internal enum DirectoryLook : byte
{
    None = 0,

    /// <summary>The directory is new or moved: items found in it are Discovered.</summary>
    Discover = 1,

    /// <summary>Known directories below it are scanned as well.</summary>
    Tree = 2,

    /// <summary>Hints were lost: differences are Reconciled.</summary>
    Reconcile = 4,

    /// <summary>A polling source asked for it: differences are Live.</summary>
    Compare = 8,

    /// <summary>The periodic comparison: differences are Reconciled, without a gap.</summary>
    Periodic = 16,

    /// <summary>With Reconcile: the comparison at start with a stored baseline. Differences are Offline. Not limited by the budget.</summary>
    Offline = 32,

    /// <summary>With Offline: also read every known file, whatever its metadata say.</summary>
    Content = 64,
}
