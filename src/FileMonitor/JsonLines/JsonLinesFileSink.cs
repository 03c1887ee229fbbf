using System.Buffers;
using FileMonitor.Output;

namespace FileMonitor.JsonLines;

/// <summary>
/// Writes events to a file as JSON Lines (UTF-8, one <see cref="AuditEventJson"/> record per line), rotated by size: <c>audit.jsonl</c> becomes
/// <c>audit.jsonl.1</c>, that <c>audit.jsonl.2</c>, and so on.
/// </summary>
/// <remarks>
/// <para>A batch is in the file as a whole or not at all: when a write fails (a full disk), the written part is cut off before the batch is
/// written again. After a crash of the process or the machine, the next open removes a last line that is half a record, adds the line feed that
/// a whole record lacks, and ends and keeps text that is not the beginning of a record.</para>
/// <para>The file and missing directories above it are created with the first batch, for the owner only unless the options say otherwise. When
/// another user or process moves, deletes or replaces the file, the next batch creates a new file, or continues a file of this user that was put
/// there; a batch whose file is deleted during the write is written again. Nobody can redirect the data: see <see cref="OutputFile"/>. Use one
/// sink per file: two would cut off each other's lines. The creator of a sink disposes it, after the monitor; dispose waits for a write that is
/// under way.</para>
/// </remarks>
public sealed class JsonLinesFileSink : IAuditEventSink, IAsyncDisposable, IDisposable
{
    private const int KeptBufferBytes = 1024 * 1024;
    private const int Attempts = 10;

    private readonly RotatedFiles _files;
    private readonly JsonLinesFile _file;
    private readonly long _maxFileBytes;
    private readonly bool _flushToDisk;
    private readonly UnixFileMode _directoryMode;
    private readonly Action<IBufferWriter<byte>, AuditEvent> _writeLine;

    // One operation at a time. The batches of one monitor never overlap, but a dispose may come at any time, and a host may give the same sink
    // to two monitors.
    private readonly SemaphoreSlim _one = new(1, 1);
    private ArrayBufferWriter<byte> _buffer = new();
    private bool _isDisposed;

    /// <summary>Creates a sink; the disk is not touched before the first batch.</summary>
    /// <param name="path">The file. A relative path is made absolute now, by the process's present working directory.</param>
    /// <param name="options">Size and number of files, durability, permissions; null for the defaults.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty or names a directory, or an option is out of its range.</exception>
    public JsonLinesFileSink(string path, JsonLinesFileSinkOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (Path.EndsInDirectorySeparator(path))
        {
            throw new ArgumentException($"The path of a JSON Lines file ({path}) ends like a directory's; add a file name.", nameof(path));
        }

        options ??= new();
        if (options.GetErrors() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(" ", errors), nameof(options));
        }

        _files = new RotatedFiles(Path.GetFullPath(path), options.MaxFiles);
        _file = new JsonLinesFile(_files.LiveName, options.FileMode);
        _maxFileBytes = options.MaxFileBytes == 0 ? long.MaxValue : options.MaxFileBytes;
        _flushToDisk = options.FlushToDisk;
        _directoryMode = options.DirectoryMode;
        _writeLine = options.WriteLine;
    }

    // Used by tests that fail half-way through a batch.
    internal JsonLinesFile File => _file;

    /// <summary>The live file, absolute.</summary>
    internal string FullPath => _files.LivePath;

    /// <summary>Appends a batch.</summary>
    /// <param name="batch">The events.</param>
    /// <param name="cancellationToken">Ends the wait for another write, not a write that has begun.</param>
    /// <exception cref="ArgumentNullException"><paramref name="batch"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The sink is disposed.</exception>
    /// <exception cref="IOException">
    /// The file could not be written, or the path is a directory, a link, no regular file, or (Linux) a file with a second name or of another
    /// user. No event of the batch was written.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public async Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            foreach (var auditEvent in batch)
            {
                _writeLine(_buffer, auditEvent);
            }

            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                Prepare();
                if (await _file.AppendAsync(_buffer.WrittenMemory, _flushToDisk).ConfigureAwait(false))
                {
                    return;
                }
            }

            throw new IOException($"{_files.LivePath} was deleted each time that it was written.");
        }
        finally
        {
            EmptyBuffer();
            _one.Release();
        }
    }

    /// <summary>Forces the written data to the device.</summary>
    /// <param name="cancellationToken">Ends the wait for another write.</param>
    /// <exception cref="ObjectDisposedException">The sink is disposed.</exception>
    /// <exception cref="IOException">The device reported an error.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _file.FlushToDisk();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Closes the file once a write that is under way has ended. Can be called again.</summary>
    public void Dispose()
    {
        _one.Wait();
        Close();
    }

    /// <summary>Closes the file once a write that is under way has ended. Can be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        Close();
    }

    /// <summary>Whether a path is one of this sink's files, so that a monitor does not report what it writes itself.</summary>
    /// <param name="fullPath">An absolute path without <c>.</c> and <c>..</c>.</param>
    internal bool Owns(string fullPath) => _files.Owns(fullPath);

    /// <summary>Opens the file, or rotates when the batch does not fit.</summary>
    private void Prepare()
    {
        using var directory = OutputFile.OpenDirectoryOf(_files.LivePath, _directoryMode);
        var length = _file.Open(directory);
        if (length > 0 && length > _maxFileBytes - _buffer.WrittenCount)
        {
            _file.FlushToDisk();
            _file.Close();
            _files.Rotate(directory);
            _file.Open(directory);
        }
    }

    private void Close()
    {
        _isDisposed = true;
        _file.Close();
        _one.Release();
    }

    private void EmptyBuffer()
    {
        // Do not keep the memory of one huge batch.
        if (_buffer.Capacity > KeptBufferBytes)
        {
            _buffer = new();
        }
        else
        {
            _buffer.ResetWrittenCount();
        }
    }
}
