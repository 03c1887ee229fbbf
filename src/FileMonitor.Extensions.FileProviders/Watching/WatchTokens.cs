using System.Collections.Concurrent;
using Microsoft.Extensions.FileSystemGlobbing;
using Microsoft.Extensions.Primitives;

namespace FileMonitor.Extensions.FileProviders.Watching;

/// <summary>
/// The tokens that have not fired. A token that fires is forgotten; whoever wants the next change asks again. Events fire tokens, and so does a file that is not
/// what it was when the token was made.
/// </summary>
/// <remarks>Any thread: the tokens are in a concurrent dictionary. Readers of monitors tell of events; <see cref="RepeatedLooks"/> looks.</remarks>
internal sealed class WatchTokens(string root)
{
    private static readonly StringComparison Comparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private readonly ConcurrentDictionary<WatchFilter, Watched> _watched = new();

    /// <summary>How long a file has to be the same before a look fires its token.</summary>
    public TimeSpan QuietPeriod { get; set; } = TimeSpan.FromMilliseconds(250);

    public IChangeToken Get(WatchFilter filter)
    {
        var watched = _watched.GetOrAdd(filter, static (one, tokens) => one.IsPattern ? new Watched(new CancellationTokenSource(), one.ToMatcher(), null) : new Watched(new CancellationTokenSource(), null, tokens.LookAt(one)), this);

        // The token may be that of an earlier caller: for this one, what is there now counts, too.
        See(filter);
        return watched.Token;
    }

    /// <summary>A consumer gets a file: if that is not the one of the time when its token was made, the token has to fire, even if the file becomes that one again.</summary>
    public void See(WatchFilter filter)
    {
        if (!filter.IsPattern && _watched.TryGetValue(filter, out var watched))
        {
            watched.IsTouchedSince(LookAt(filter));
        }
    }

    /// <summary>Fires the tokens of names whose file was touched since and is quiet now. Called by one thread.</summary>
    /// <returns>Whether a file was touched and is not known to be quiet.</returns>
    public bool Look()
    {
        var isAnyTouched = false;
        foreach (var (filter, watched) in _watched)
        {
            var now = filter.IsPattern ? null : LookAt(filter);
            if (now is not null && watched.IsTouchedSince(now))
            {
                var isQuiet = now == watched.LastLook;
                watched.LastLook = now;
                isAnyTouched |= !isQuiet;
                if (isQuiet)
                {
                    Fire(filter, watched);
                }
            }
        }

        return isAnyTouched;
    }

    /// <summary>Fires the tokens that an event concerns.</summary>
    public void Tell(AuditEvent told)
    {
        if (told.Kind is AuditEventKind.Baseline or AuditEventKind.Gap)
        {
            // What a gap left out is told by events of its own.
            return;
        }

        if (told is { Kind: AuditEventKind.AttributesChanged, ItemType: ItemType.Directory })
        {
            // What is made and deleted in a directory changes its time.
            return;
        }

        // Behind a link may be any file, and a root that goes or comes takes all of its files with it.
        var isAnything = told.ItemType == ItemType.SymbolicLink || told.Kind is AuditEventKind.RootLost or AuditEventKind.RootRestored;
        var path = Below(told.Path);
        var oldPath = told.OldRelativePath is null ? null : Below(told.OldPath!);
        foreach (var (filter, watched) in _watched)
        {
            var isMeant = filter.IsPattern ? isAnything || watched.Matches(path) || watched.Matches(oldPath) : Is(filter, path) || Is(filter, oldPath);
            if (isMeant)
            {
                Fire(filter, watched);
            }
        }
    }

    private void Fire(WatchFilter filter, Watched watched)
    {
        if (_watched.TryRemove(KeyValuePair.Create(filter, watched)))
        {
            watched.Fire();
        }
    }

    private FileLook LookAt(WatchFilter name) => FileLook.At(Path.Join(root, name.Text));

    private static bool Is(WatchFilter filter, string? path) => filter.Text.Equals(path, Comparison);

    /// <summary>The path below the directory, names separated by <c>/</c>; null for one elsewhere.</summary>
    private string? Below(string path)
    {
        var top = Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar;
        return path.StartsWith(top, Comparison) ? path[top.Length..].Replace(Path.DirectorySeparatorChar, '/') : null;
    }

    /// <summary>A token that has not fired.</summary>
    /// <param name="fired">Fires it.</param>
    /// <param name="matcher">Null for a name.</param>
    /// <param name="before">What was at the name when the token was made; null for a pattern.</param>
    private sealed class Watched(CancellationTokenSource fired, Matcher? matcher, FileLook? before)
    {
        private volatile bool _isTouched;

        public IChangeToken Token { get; } = new CancellationChangeToken(fired.Token);

        /// <summary>What the look before found. Owner: who calls <see cref="Look"/>.</summary>
        public FileLook? LastLook { get; set; }

        /// <summary>Whether the file is, or was at a look before, another one than when the token was made.</summary>
        public bool IsTouchedSince(FileLook now)
        {
            _isTouched |= now != before;
            return _isTouched;
        }

        /// <summary>Whether a pattern selects a path. As with PhysicalFileProvider, a name that begins with a dot is never selected.</summary>
        public bool Matches(string? path) => path is not null && path[(path.LastIndexOf('/') + 1)..] is not ['.', ..] && matcher!.Match(path).HasMatches;

        /// <summary>Not on the reader's thread: callbacks are the host's, and may take long or throw, which is seen as an unobserved exception of a task.</summary>
        public void Fire() => _ = Task.Run(fired.Cancel);
    }
}
