using FileMonitor.Extending;
using Microsoft.Extensions.Options;

namespace FileMonitor;

public sealed partial class FileSystemMonitor
{
    /// <summary>
    /// Adds a root while the monitor runs. Changes below it after the returned task completes are reported; what is there already is its baseline, as at the
    /// start. With durable state, a root that was watched before is compared with what was known then, and what changed meanwhile is reported with the origin <see cref="AuditEventOrigin.Offline"/>. Roots are added and removed one at a time. A directory that is watched because a link leads there (<see cref="RootOptions.FollowLinksInto"/>) is in the way of no root: when it
    /// is the new one, in it or around it, it is removed first.
    /// </summary>
    /// <param name="path">The directory, or the file with <see cref="RootOptions.IsFile"/>: an absolute path.</param>
    /// <param name="configure">Sets further options of the root; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the operation; the root is not added then.</param>
    /// <returns>A flush that follows: events of the root have numbers above the result's, except those of its baseline.</returns>
    /// <exception cref="InvalidOperationException">The monitor is not running.</exception>
    /// <exception cref="OptionsValidationException">The options are wrong, or the root is one already, or is in another or around it.</exception>
    /// <exception cref="OverlappingRootsException">The root is another one, or in another or around it, through a link.</exception>
    /// <exception cref="NotSupportedException">The host's own source cannot add roots (<see cref="IChangeSource.AddRootAsync"/>).</exception>
    /// <exception cref="SourceUnavailableException">The root cannot be watched with the source that is required.</exception>
    /// <exception cref="IOException">
    /// With <see cref="FileMonitorOptions.RootsMustExist"/>, the root does not exist or its file system reports an error; or the host's own source cannot watch
    /// it.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The root may not be read, and <see cref="FileMonitorOptions.RootsMustExist"/> is set.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the monitor was stopped meanwhile.</exception>
    public Task<FlushResult> AddRootAsync(string path, Action<RootOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        var root = new RootOptions { Path = path };
        configure?.Invoke(root);
        return RunningOrThrow().AddRootAsync(root.Copy(), cancellationToken);
    }

    /// <summary>Adds a root while the monitor runs, as <see cref="AddRootAsync(string, Action{RootOptions}?, CancellationToken)"/> does, with options that were read from a configuration for instance.</summary>
    /// <param name="root">The root. Copied: a later change has no effect.</param>
    /// <param name="cancellationToken">Cancels the operation; the root is not added then.</param>
    /// <returns>A flush that follows: events of the root have numbers above the result's, except those of its baseline.</returns>
    /// <exception cref="InvalidOperationException">The monitor is not running.</exception>
    /// <exception cref="OptionsValidationException">The options are wrong, or the root is one already, or is in another or around it.</exception>
    /// <exception cref="OverlappingRootsException">The root is another one, or in another or around it, through a link.</exception>
    /// <exception cref="NotSupportedException">The host's own source cannot add roots (<see cref="IChangeSource.AddRootAsync"/>).</exception>
    /// <exception cref="SourceUnavailableException">The root cannot be watched with the source that is required.</exception>
    /// <exception cref="IOException">
    /// With <see cref="FileMonitorOptions.RootsMustExist"/>, the root does not exist or its file system reports an error; or the host's own source cannot watch
    /// it.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The root may not be read, and <see cref="FileMonitorOptions.RootsMustExist"/> is set.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the monitor was stopped meanwhile.</exception>
    public Task<FlushResult> AddRootAsync(RootOptions root, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(root);
        return RunningOrThrow().AddRootAsync(root.Copy(), cancellationToken);
    }

    /// <summary>
    /// Removes a root while the monitor runs. What was done below it before the call is reported first; after the returned task completes, nothing is. Nothing
    /// is reported as deleted. Open gaps of the root are closed with a text that says so. With durable state, what is known of the root is kept: when it is added again, in this run or a later one, what changed meanwhile
    /// is reported.
    /// </summary>
    /// <param name="path">The path, as it was added.</param>
    /// <param name="cancellationToken">Cancels the operation; whether the root is removed is then not known.</param>
    /// <returns>A flush that follows: no event of the root has a number above the result's.</returns>
    /// <exception cref="ArgumentException">There is no such root.</exception>
    /// <exception cref="InvalidOperationException">
    /// The monitor is not running; or the directory is watched because a link leads there (<see cref="RootHealth.FollowedFrom"/>), and would be watched again at once: remove the
    /// link, or the root in which it is.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the monitor was stopped meanwhile.</exception>
    public async Task<FlushResult> RemoveRootAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return await RunningOrThrow().RemoveRootAsync(path, cancellationToken).ConfigureAwait(false)
            ?? throw new ArgumentException($"'{path}' is no root of the monitor.", nameof(path));
    }
}
