namespace FileMonitor.Extending;

/// <summary>
/// The metadata of what stands below roots, as the pump asks for them while it judges changes: the same answers as those of
/// <see cref="IFileView"/>, cheaper when many names in few directories are asked for. One thread at a time.
/// </summary>
internal interface ITurnView
{
    /// <inheritdoc cref="IFileView.GetStatus"/>
    FileStatus GetStatus(string root, string relativePath);

    /// <summary>
    /// The metadata of the directory that the next answers about its names come from. As old as the turn, so hints that were taken since
    /// may say that another directory has its path.
    /// </summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativeDirectory">The path below it; empty for the root itself. It may be no directory at all.</param>
    FileStatus GetDirectory(string root, ReadOnlySpan<char> relativeDirectory);

    /// <summary>
    /// The names in a directory with what it says of each by itself: the number of its file and its type, as far as it says, and no other
    /// metadata, so that a name costs no system call. The number of a directory that something is mounted on is that of the one below.
    /// </summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativeDirectory">The path below it. It may be no directory, or closed to us: then nothing is found.</param>
    /// <param name="found">Given each name, its number (0 when it is not known) and its type (<see cref="ItemType.Unknown"/> when it is not known).</param>
    void ListNumbers(string root, string relativeDirectory, Action<string, ulong, ItemType> found);

    /// <summary>Keeps nothing open any more: hints were taken, or nothing is judged for now.</summary>
    void EndTurn();
}

/// <summary>A view that has cheaper answers for a turn than one by one.</summary>
internal interface IHasTurnView
{
    /// <summary>A view for one owner.</summary>
    ITurnView CreateTurnView();
}

/// <summary>Asks each time: what a host's own view can do.</summary>
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
