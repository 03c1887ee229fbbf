namespace FileMonitor.Extending;

/// <summary>
/// Metadata for the pump during a turn: the same answers as those of <see cref="IFileView"/>, cheaper for many names in few directories. One
/// thread at a time.
/// </summary>
internal interface ITurnView
{
    /// <inheritdoc cref="IFileView.GetStatus"/>
    FileStatus GetStatus(string root, string relativePath);

    /// <summary>
    /// The metadata of a directory, from the same open directory as the answers about its names. It is as old as the turn, so hints taken since
    /// may say that another directory has its path.
    /// </summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativeDirectory">The path below it; empty for the root itself. The item may be no directory.</param>
    FileStatus GetDirectory(string root, ReadOnlySpan<char> relativeDirectory);

    /// <summary>
    /// Lists the names in a directory with the inode number and type from the directory entry, without other metadata, so that a name costs no
    /// system call. For a mount point, the number is that of the hidden directory.
    /// </summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativeDirectory">The path below it. When it is no directory, or unreadable, nothing is found.</param>
    /// <param name="found">Given each name, its number (0 when it is not known) and its type (<see cref="ItemType.Unknown"/> when it is not known).</param>
    void ListNumbers(string root, string relativeDirectory, Action<string, ulong, ItemType> found);

    /// <summary>Closes everything: hints were taken, or the pump waits.</summary>
    void EndTurn();
}

/// <summary>A view with cheaper answers for a turn.</summary>
internal interface IHasTurnView
{
    /// <summary>A view for one owner.</summary>
    ITurnView CreateTurnView();
}

/// <summary>Asks the view each time: for a host's own view.</summary>
internal sealed class PlainTurnView(IFileView files) : ITurnView
{
    public static ITurnView Of(IFileView files) => (files as IHasTurnView)?.CreateTurnView() ?? new PlainTurnView(files);

    public FileStatus GetStatus(string root, string relativePath) => files.GetStatus(root, relativePath);

    public FileStatus GetDirectory(string root, ReadOnlySpan<char> relativeDirectory) => files.GetStatus(root, relativeDirectory.ToString());

    public void ListNumbers(string root, string relativeDirectory, Action<string, ulong, ItemType> found) =>
        files.List(root, relativeDirectory, (name, status) => found(name, status.Identity.Number, status.ItemType));

    public void EndTurn()
    {
    }
}
