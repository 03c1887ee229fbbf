using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class HashProgressTests : IDisposable
{
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly FakeTimeProvider _time = new();
    private long _bytes;

    public void Dispose() => _error.Dispose();

    [Fact]
    public async Task A_terminal_shows_how_far_one_large_file_is()
    {
        await using var progress = Progress(new Terminal(IsTerminal: true, HasColours: false));

        _bytes = 512L << 20;
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Contains("0 files | 512.0 MiB read | 0 files/s | 2,147.5 MB/s | 0 without a checksum", _error.ToString(), StringComparison.Ordinal);

        progress.Count(hasChecksum: true);
        progress.Count(hasChecksum: false);
        _bytes = 1L << 30;
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Contains("2 files | 1.0 GiB read | 4 files/s | 2,147.5 MB/s | 1 without a checksum", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_written_beside_it_stands_on_a_line_of_its_own()
    {
        await using var progress = Progress(new Terminal(IsTerminal: true, HasColours: false));
        _time.Advance(TimeSpan.FromMilliseconds(250));

        progress.Above(() => _error.WriteLine("a problem"));

        Assert.EndsWith("\r\e[2Ka problem\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_there_is_none()
    {
        await using (Progress(Terminal.None))
        {
            _time.Advance(TimeSpan.FromSeconds(9));
        }

        Assert.Empty(_error.ToString());
    }

    private HashProgress Progress(Terminal terminal) =>
        new(new StandardStreams(Stream.Null, _error, Terminal.None, terminal) { Time = _time }, () => _bytes);
}
