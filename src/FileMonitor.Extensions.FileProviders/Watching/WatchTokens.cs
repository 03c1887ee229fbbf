using System.Collections.Concurrent;
using Microsoft.Extensions.FileSystemGlobbing;
using Microsoft.Extensions.Primitives;

namespace FileMonitor.Extensions.FileProviders.Watching;

/// <summary>The tokens that have not fired. A token that fires is forgotten; whoever wants the next change asks again.</summary>
/// <remarks>Any thread: the tokens are in a concurrent dictionary. Readers of monitors tell of events.</remarks>
internal sealed class WatchTokens(string root)
{
    private static readonly StringComparison Comparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private readonly ConcurrentDictionary<WatchFilter, Watched> _watched = new();

    public IChangeToken Get(WatchFilter filter) => _watched.GetOrAdd(filter, static one => new Watched(new CancellationTokenSource(), one.IsPattern ? one.ToMatcher() : null)).Token;

    /// <summary>Fires the tokens that an event concerns.</summary>
    public void Tell(AuditEvent told)
    {
        if (told.Kind is AuditEventKind.Baseline or AuditEventKind.Gap)
        {
            // What a gap left out is told by events of its own.
            return;
        }

        // Behind a link may be any file, and a root that goes or comes takes all of its files with it.
        var isAnything = told.ItemType == ItemType.SymbolicLink || told.Kind is AuditEventKind.RootLost or AuditEventKind.RootRestored;
        var path = Below(told.Path);
        var oldPath = told.OldRelativePath is null ? null : Below(told.OldPath!);
        foreach (var (filter, watched) in _watched)
        {
            var isMeant = filter.IsPattern ? isAnything || watched.Matches(path) || watched.Matches(oldPath) : Is(filter, path) || Is(filter, oldPath);
            if (isMeant && _watched.TryRemove(KeyValuePair.Create(filter, watched)))
            {
                watched.Fire();
            }
        }
    }

    private static bool Is(WatchFilter filter, string? path) => filter.Text.Equals(path, Comparison);

    /// <summary>The path below the directory, names separated by <c>/</c>; null for one elsewhere.</summary>
    private string? Below(string path)
    {
        var top = Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar;
        return path.StartsWith(top, Comparison) ? path[top.Length..].Replace(Path.DirectorySeparatorChar, '/') : null;
    }

    /// <summary>A token that has not fired.</summary>
    private sealed class Watched(CancellationTokenSource fired, Matcher? matcher)
    {
        public IChangeToken Token { get; } = new CancellationChangeToken(fired.Token);

        /// <summary>Whether a pattern selects a path. As with PhysicalFileProvider, a name that begins with a dot is never selected.</summary>
        public bool Matches(string? path) => path is not null && path[(path.LastIndexOf('/') + 1)..] is not ['.', ..] && matcher!.Match(path).HasMatches;

        /// <summary>Not on the reader's thread: callbacks are the host's, and may take long or throw, which is seen as an unobserved exception of a task.</summary>
        public void Fire() => _ = Task.Run(fired.Cancel);
    }
}
