using FileMonitor.Sources.Files;

namespace FileMonitor.Running;

/// <summary>The way that a link leads: every link on it, with its text, and the directory at its end. Immutable.</summary>
/// <param name="Target">The directory, without links in its path.</param>
/// <param name="Links">The links by their paths, in their order; the first is the link itself.</param>
internal sealed record LinkWay(string Target, IReadOnlyList<(string Path, string Text)> Links)
{
    /// <summary>Whether a link on the way is gone or has another text, so that the way leads elsewhere or nowhere.</summary>
    /// <remarks>
    /// Nothing is known of a link whose directory is not there either. Whether the first link is there is known from events: its root may be lost at the moment.
    /// </remarks>
    public bool HasChanged
    {
        get
        {
            for (var i = 0; i < Links.Count; i++)
            {
                var text = PhysicalPath.LinkTarget(Links[i].Path);
                if (text != Links[i].Text && (text is not null || (i > 0 && DiskFileView.IsDirectory(Path.GetDirectoryName(Links[i].Path)!, ""))))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Where a link leads now.</summary>
    /// <param name="link">The path of the link. Its directory has no links in its path.</param>
    /// <returns>The way; null when it leads to no directory, or is no link.</returns>
    public static LinkWay? Of(string link)
    {
        var links = new List<(string Path, string Text)>();
        try
        {
            var target = Path.TrimEndingDirectorySeparator(PhysicalPath.OfExisting(link, (path, text) => links.Add((path, text))));
            return links.Count > 0 && links[0].Path == link && DiskFileView.IsDirectory(target, "") ? new(target, links) : null;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // A circle, or a part of the way that may not be read.
            return null;
        }
    }

    public bool IsSame(LinkWay other) => Target == other.Target && Links.SequenceEqual(other.Links);
}
