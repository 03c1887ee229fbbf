using System.Globalization;

namespace FileMonitor.Cli;

/// <summary>
/// Shows the progress of a listing on standard error, four times a second, also while one large file is read. It shows counts and no bar: the
/// number of files is known only when the last directory was read, and reading them twice would cost too much.
/// </summary>
internal sealed class HashProgress : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly StandardStreams _streams;
    private readonly Func<long> _bytesRead;
    private readonly StatusLine _line;
    private readonly ITimer? _timer;
    private readonly long _started;
    private readonly Lock _lock = new();

    // Under the lock, like the line: the timer has a thread of its own.
    private long _files;
    private long _without;

    /// <param name="streams">Standard error, and the clock; nothing is shown where standard error is no terminal.</param>
    /// <param name="bytesRead">Reads how many bytes were read so far; any thread.</param>
    public HashProgress(StandardStreams streams, Func<long> bytesRead)
    {
        _streams = streams;
        _bytesRead = bytesRead;
        _line = new StatusLine(streams.ErrorTerminal.CreateWriter(streams.Error), streams.ErrorTerminal);
        _started = streams.Time.GetTimestamp();
        _timer = streams.ErrorTerminal.IsTerminal ? streams.Time.CreateTimer(_ => Show(), null, Period, Period) : null;
    }

    public void Count(bool hasChecksum)
    {
        lock (_lock)
        {
            _files++;
            _without += hasChecksum ? 0 : 1;
        }
    }

    /// <summary>Writes something else that may be seen on the same terminal, with the line out of its way.</summary>
    public void Above(Action write)
    {
        lock (_lock)
        {
            _line.Hide();
            write();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync();
            Above(static () => { });
        }
    }

    private void Show()
    {
        lock (_lock)
        {
            var seconds = _streams.Time.GetElapsedTime(_started).TotalSeconds;
            var bytes = _bytesRead();
            try
            {
                _line.Show(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Counted.Of(_files, "file")} | {ByteSize.Format(bytes)} read | {_files / seconds:n0} files/s | {bytes / seconds / 1e6:n1} MB/s | {_without:n0} without a checksum"));
            }
            catch (IOException)
            {
                // Nobody reads standard error; the listing goes on.
            }
        }
    }
}
