namespace FileMonitor.Tree;

/// <summary>How a directory is queued to be looked into; reasons add up.</summary>
[Flags]
internal enum DirectoryLook : byte
{
    None = 0,

    /// <summary>It is new or moved: what is in it is Discovered.</summary>
    Discover = 1,

    /// <summary>Known directories below it are looked into as well.</summary>
    Tree = 2,

    /// <summary>Hints were lost: what is found is Reconciled.</summary>
    Reconcile = 4,

    /// <summary>A source asked, which notices changes in no other way: what is found is Live.</summary>
    Compare = 8,

    /// <summary>It is time to look for what nobody reports: what is found is Reconciled, and there is no gap.</summary>
    Periodic = 16,

    /// <summary>With Reconcile: the monitor was not running, and what is found is Offline. It waits for no budget.</summary>
    Offline = 32,

    /// <summary>With Offline: content is compared, too, by reading every file.</summary>
    Content = 64,
}
