using FileMonitor.Extending;
using FileMonitor.Extensions.FileProviders.Watching;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace FileMonitor.Extensions.FileProviders;

/// <summary>
/// The files below a directory, read-only, whose change tokens are those of a monitor: a token fires once the file behind a name was touched and is quiet again,
/// through whatever links it is reached. For <c>AddJsonFile(provider, "config.json", optional: true, reloadOnChange: true)</c> and whatever else takes an
/// <see cref="IFileProvider"/>.
/// </summary>
/// <remarks>
/// <para>The directory need not be there. Dispose the provider after what uses it; its tokens then fire no more. All members may be called from any thread.</para>
/// <para>
/// All names that are watched share one monitor, and all patterns another. A monitor is started by the first <see cref="Watch"/> and takes two threads; each
/// further name has it replaced by one that watches that name as well, so watch many files of a directory by a pattern.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using FileMonitor.Extensions.FileProviders;
/// using Microsoft.Extensions.Configuration;
///
/// await using var files = new MonitoredFileProvider("/etc/app");
/// var configuration = new ConfigurationBuilder().AddJsonFile(files, "config.json", optional: true, reloadOnChange: true).Build();
/// </code>
/// </example>
public sealed class MonitoredFileProvider : IFileProvider, IDisposable, IAsyncDisposable
{
    private readonly WatchTokens _tokens;
    private readonly IEventFeed _feed;
    private readonly RepeatedLooks _looks;
    private PhysicalFileProvider? _files;

    /// <summary>A provider with monitors of its own.</summary>
    /// <param name="root">The directory, as an absolute path.</param>
    /// <param name="configure">Sets options of the monitors, such as the quiet period of 250 ms; null for the defaults. The provider adds the roots.</param>
    /// <param name="components">Adds a logger and the like; null for the defaults.</param>
    /// <exception cref="ArgumentException"><paramref name="root"/> is null, empty or relative.</exception>
    public MonitoredFileProvider(string root, Action<FileMonitorOptions>? configure = null, Action<FileMonitorComponents>? components = null)
    {
        Root = Absolute(root);
        _tokens = new WatchTokens(Root);
        _looks = new RepeatedLooks(_tokens, TimeProvider.System);
        _feed = new OwnMonitors(Root, configure, components, _tokens);
    }

    /// <summary>
    /// A provider whose tokens fire by the events of a monitor of the host's, which it does not start, stop or dispose. What the monitor does not watch fires no
    /// token of a pattern, and that of a name only when the provider looks at the file, each second: add each file with <see cref="FileMonitorOptions.AddFile"/>, or the directory with <see cref="FileMonitorOptions.AddRoot"/>, which follows no links.
    /// </summary>
    /// <param name="root">The directory, as an absolute path.</param>
    /// <param name="monitor">The monitor. The provider is one of its readers from here on; subscribe first where earlier events matter to another.</param>
    /// <exception cref="ArgumentException"><paramref name="root"/> is null, empty or relative.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="monitor"/> is null.</exception>
    public MonitoredFileProvider(string root, FileSystemMonitor monitor)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        Root = Absolute(root);
        _tokens = new WatchTokens(Root);
        _looks = new RepeatedLooks(_tokens, TimeProvider.System);
        _feed = new EventFeed(monitor, _tokens);
    }

    /// <summary>The directory.</summary>
    public string Root { get; }

    /// <summary>
    /// The file at a path below the directory. As with <see cref="PhysicalFileProvider"/>, one whose name begins with a dot, or that is hidden, does not exist,
    /// nor does what a path with <c>..</c> leads to outside the directory. Of a symbolic link, length and time are those of the file behind it; one that leads
    /// to no file does not exist.
    /// </summary>
    /// <param name="subpath">The path below the directory.</param>
    /// <returns>The file, which may not exist; never null.</returns>
    public IFileInfo GetFileInfo(string subpath)
    {
        var found = Files?.GetFileInfo(subpath) is { } file ? FileBehindLink.Of(file) : new NotFoundFileInfo(subpath);
        if (WatchFilter.TryParse(subpath) is { } name)
        {
            _tokens.See(name);
        }

        return found;
    }

    /// <summary>What is in a directory, by the rules of <see cref="GetFileInfo"/>.</summary>
    /// <param name="subpath">The path below the directory; empty for itself.</param>
    /// <returns>The contents; those of a directory that does not exist say so.</returns>
    public IDirectoryContents GetDirectoryContents(string subpath) => Files?.GetDirectoryContents(subpath) ?? NotFoundDirectoryContents.Singleton;

    /// <summary>
    /// A token that fires once, after the next change. What changes after this method has returned is not missed, even if it is changed back at once; the first
    /// call for a name or a pattern therefore takes as long as a monitor takes to start, which for a name is some milliseconds.
    /// </summary>
    /// <remarks>
    /// A name without <c>*</c> is that of one file: links on the way to it are followed and watched. Another content, the same content written again, another time,
    /// a deletion and a new file count. The provider also looks at each such file itself, each second, and compares it with what it was when the token was made
    /// and when the file was asked for: so what the monitor need not tell, because a file is again what was told last, fires the token, too.
    /// A pattern has the form that <see cref="PhysicalFileProvider.Watch"/> takes: <c>**/*.json</c>, <c>views/*.cshtml</c>, or <c>views/</c> for everything below.
    /// Below the directory no link is followed for a pattern; a link that is made, changed or deleted fires the tokens of all patterns, because anything may
    /// be behind it.
    /// </remarks>
    /// <param name="filter">The name or the pattern, below the directory.</param>
    /// <returns>The token. One that never fires when the filter is empty or absolute, or leads above the directory, and after the provider is disposed.</returns>
    public IChangeToken Watch(string? filter)
    {
        if (WatchFilter.TryParse(filter) is not { } parsed)
        {
            return NullChangeToken.Singleton;
        }

        // The token first: what happens once the name is watched has to find it.
        var token = _tokens.Get(parsed);
        if (!_feed.TryWatch(parsed))
        {
            return NullChangeToken.Singleton;
        }

        if (!parsed.IsPattern)
        {
            _looks.Begin();
        }

        return token;
    }

    /// <summary>Ends the monitors that the provider started, without waiting for more than five seconds each.</summary>
    public void Dispose()
    {
        _looks.Dispose();
        _feed.Dispose();
        _files?.Dispose();
    }

    /// <summary>Ends the monitors that the provider started.</summary>
    public async ValueTask DisposeAsync()
    {
        await _looks.DisposeAsync().ConfigureAwait(false);
        await _feed.DisposeAsync().ConfigureAwait(false);
        _files?.Dispose();
    }

    /// <summary>Reads the files; it watches none. Null while the directory is missing, because it refuses that.</summary>
    private PhysicalFileProvider? Files
    {
        get
        {
            if (_files is null && Directory.Exists(Root))
            {
                try
                {
                    Interlocked.CompareExchange(ref _files, new PhysicalFileProvider(Root), null);
                }
                catch (DirectoryNotFoundException)
                {
                    // It went away in between.
                }
            }

            return _files;
        }
    }

    private static string Absolute(string root)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        return Path.IsPathFullyQualified(root)
            ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(root))
            : throw new ArgumentException($"The path '{root}' is not absolute: give the whole path from the root of the file system.", nameof(root));
    }
}
