namespace FileMonitor.Extensions.FileProviders.Watching;

/// <summary>
/// What the disk says about a name without reading: the link at it, if there is one, and the file that it leads to. When two looks are equal, nobody has touched
/// the file between them, except by putting another file in its place and the first one back.
/// </summary>
/// <param name="AtName">What is at the name; null when nothing is.</param>
/// <param name="Behind">The file behind the link; null when there is none.</param>
/// <param name="Target">Its path.</param>
internal sealed record FileLook(FileLook.Item? AtName, FileLook.Item? Behind, string? Target)
{
    private static readonly FileLook Nothing = new(null, null, null);

    public static FileLook At(string path)
    {
        try
        {
            var item = new FileInfo(path);
            return !item.Exists ? Nothing
                : item.LinkTarget is not null && File.ResolveLinkTarget(path, returnFinalTarget: true) is FileInfo target ? new(Item.Of(item), Item.Of(target), target.FullName)
                : new(Item.Of(item), null, null);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // The links form a circle, or the file went away, or may not be seen.
            return Nothing;
        }
    }

    /// <summary>A file or a link. The time at which it was made tells it from another one with the same time and size.</summary>
    internal readonly record struct Item(DateTime Made, DateTime Written, long Length)
    {
        public static Item? Of(FileInfo file) => file.Exists ? new Item(file.CreationTimeUtc, file.LastWriteTimeUtc, file.Length) : null;
    }
}
