using System.Globalization;

namespace FileMonitor.Cli;

/// <summary>
/// Shows the progress of a listing on standard error, four times a second. It shows counts and no bar: the number of files is known only when
/// the last directory was read, and reading them twice would cost too much.
/// </summary>
internal sealed class HashProgress
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly StandardStreams _streams;
    private readonly bool _visible;
    private readonly StatusLine _line;
    private readonly long _started;
    private long _drawn;
    private long _files;
    private long _without;
    private long _bytes;

    public HashProgress(StandardStreams streams, Terminal terminal)
    {
        _streams = streams;
        _visible = terminal.IsTerminal;
        _line = new StatusLine(terminal.CreateWriter(streams.Error), terminal);
        _started = _drawn = streams.Time.GetTimestamp();
    }

    public void Count(FileHash hash)
    {
        _files++;
        _bytes += hash.Sha256 is null ? 0 : hash.Size;
        _without += hash.Sha256 is null ? 1 : 0;
        if (!_visible || _streams.Time.GetElapsedTime(_drawn) < Period)
        {
            return;
        }

        _drawn = _streams.Time.GetTimestamp();
        var seconds = _streams.Time.GetElapsedTime(_started, _drawn).TotalSeconds;
        _line.Show(string.Create(
            CultureInfo.InvariantCulture,
            $"{_files:n0} files | {ByteSize.Format(_bytes)} | {_files / seconds:n0} files/s | {_bytes / seconds / 1e6:n1} MB/s | {_without:n0} without a checksum"));
    }

    public void Clear() => _line.Hide();
}
