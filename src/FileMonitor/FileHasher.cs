using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Sources.Files;
using FileMonitor.Values;

namespace FileMonitor;

/// <summary>
/// Hashes files and trees as the monitor does, without a monitor: each checksum is of one stable state of its file, and memory does not depend
/// on sizes or numbers. Safe to use from several threads, which then share <see cref="ChecksumOptions.Concurrency"/> and
/// <see cref="ChecksumOptions.BytesPerSecond"/>.
/// </summary>
/// <remarks>
/// Links in the directory part of a given path are followed. A link at its end is followed only with <see cref="FollowGivenLinks"/> (or when a
/// separator after it asks for the directory behind it). Links found in a tree are never followed.
/// </remarks>
public sealed class FileHasher : IDisposable
{
    private readonly IFileView _view;
    private readonly ContentHasher _hasher;
    private readonly SemaphoreSlim _gate;
    private readonly int _concurrency;

    /// <summary>Creates a hasher. The options are validated and copied.</summary>
    /// <param name="options">
    /// The limits; null for the defaults. <see cref="ChecksumOptions.Enabled"/> and <see cref="ChecksumOptions.Baseline"/> have no effect here.
    /// </param>
    /// <param name="fileView">The view of the files; null for the disk.</param>
    /// <param name="timeProvider">The clock and the pauses between attempts; null for the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names every one.</exception>
    public FileHasher(ChecksumOptions? options = null, IFileView? fileView = null, TimeProvider? timeProvider = null)
    {
        options ??= new ChecksumOptions();
        ThrowIfInvalid(options);
        Sha256Digest.Prepare();
        _view = fileView ?? new DiskFileView();
        _hasher = new ContentHasher(_view, options, timeProvider ?? TimeProvider.System);
        _concurrency = options.Concurrency;
        _gate = new SemaphoreSlim(_concurrency);
    }

    /// <summary>
    /// Whether a given path that is a symbolic link means its target, as for <c>sha256sum</c>; results keep the path as given. Use it for paths
    /// that a person named, not for paths read from a directory which others may write to: such a link can lead anywhere. On the disk only; a
    /// view of the host's own handles its links. Default false: a link is <see cref="ChecksumStatus.NotApplicable"/>.
    /// </summary>
    public bool FollowGivenLinks { get; init; }

    /// <summary>
    /// How many bytes were read so far, those of files that are still being read included, and those of attempts that were given up; holes
    /// are not read. For the progress within a large file: any thread may read it at any time.
    /// </summary>
    public long BytesRead => _hasher.Context.Bytes;

    /// <summary>Hashes one file.</summary>
    /// <param name="path">The file. A missing file, or another item, is no error: <see cref="FileHash.Status"/> says so.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The checksum, or why there is none.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<FileHash> HashAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Task.Run(() => HashOneAsync(path, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Hashes a stream from its current position to its end, piece by piece. A stream is no file, so nothing is tried again: of the options only
    /// <see cref="ChecksumOptions.MaxFileBytes"/> and <see cref="ChecksumOptions.BytesPerSecond"/> apply.
    /// </summary>
    /// <param name="content">Read to its end, or until it is longer than <see cref="ChecksumOptions.MaxFileBytes"/>; not disposed.</param>
    /// <param name="name">The <see cref="FileHash.Path"/> of the result.</param>
    /// <param name="cancellationToken">Ends the reading, if the stream supports it.</param>
    /// <returns>The checksum, or why there is none: TooLarge, or Unreadable with the system's message.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="content"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<FileHash> HashStreamAsync(Stream content, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentException.ThrowIfNullOrEmpty(name);

        // On the pool, because many streams block the reader; and without a permit, because a pipe may wait for its writer for ever.
        return Task.Run(async () => (await StreamHash.RunAsync(_hasher.Context, content, cancellationToken).ConfigureAwait(false)).Of(name), cancellationToken);
    }

    /// <summary>
    /// Hashes files, and all files below directories, several at once. Results come as they are ready, in no particular order; hashing pauses
    /// while nobody takes them. A file that two of the paths lead to is hashed twice.
    /// </summary>
    /// <param name="paths">
    /// Files or directories. A missing path gives <see cref="ChecksumStatus.Vanished"/>; links, pipes and devices give
    /// <see cref="ChecksumStatus.NotApplicable"/>; directories are in the results only when they could not be listed completely
    /// (<see cref="ChecksumStatus.Unreadable"/>, <see cref="ChecksumStatus.Vanished"/>).
    /// </param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>One entry for each file; leaving the enumeration early ends the work.</returns>
    /// <exception cref="ArgumentException">One of <paramref name="paths"/> is empty.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<FileHash> HashTreesAsync(IEnumerable<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var given = paths.Select(path =>
        {
            ArgumentException.ThrowIfNullOrEmpty(path, nameof(paths));
            return new TreeHash.Place(Physical(path), "", path) { IsFollowed = FollowGivenLinks };
        });
        return TreeHash.RunAsync(_view, _hasher, _gate, _concurrency, given, cancellationToken);
    }

    /// <summary>Releases the hasher's resources. Call it when no hashing is under way.</summary>
    public void Dispose()
    {
        _hasher.Dispose();
        _gate.Dispose();
    }

    private async Task<FileHash> HashOneAsync(string path, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var result = await _hasher.HashAsync(Physical(path), "", cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return result.Of(path);
        }
        finally
        {
            _gate.Release();
        }
    }

    private string Physical(string path) =>
        _view is not DiskFileView ? Path.GetFullPath(path)
        : FollowGivenLinks ? DiskFileView.PhysicalTarget(path)
        : DiskFileView.Physical(path);

    private static void ThrowIfInvalid(ChecksumOptions options)
    {
        var errors = new List<string>();
        if (options.Concurrency is < 1 or > 64)
        {
            errors.Add($"Concurrency ({options.Concurrency}) must be from 1 to 64.");
        }

        if (options.Attempts is < 1 or > 20)
        {
            errors.Add($"Attempts ({options.Attempts}) must be from 1 to 20.");
        }

        if (options.ReadTimeout != TimeSpan.Zero && (options.ReadTimeout < TimeSpan.FromMilliseconds(100) || options.ReadTimeout > TimeSpan.FromDays(7)))
        {
            errors.Add($"ReadTimeout ({options.ReadTimeout:c}) must be from 00:00:00.1 to 7 days, or 0 for no limit.");
        }

        if (options.MaxFileBytes < 0)
        {
            errors.Add($"MaxFileBytes ({options.MaxFileBytes}) must be 0 or more, or null for no limit.");
        }

        if (options.BytesPerSecond is not 0 and < 4096)
        {
            errors.Add($"BytesPerSecond ({options.BytesPerSecond}) must be at least 4096, or 0 for no limit.");
        }

        if (errors.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        }
    }
}
