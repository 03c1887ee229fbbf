using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class StartProgressTests : IDisposable
{
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly FakeTimeProvider _time = new();
    private int _items;

    public void Dispose() => _error.Dispose();

    [Fact]
    public async Task A_terminal_shows_it_in_place_and_nothing_is_left_of_it()
    {
        await using (Progress(new Terminal(IsTerminal: true, HasColours: false), asLines: false))
        {
            Assert.Empty(_error.ToString());
            _items = 50_000;
            _time.Advance(TimeSpan.FromMilliseconds(250));
            Assert.Contains("looking at what is there: 50,000 items, 200,000 items/s", _error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("\n", _error.ToString(), StringComparison.Ordinal);
        }

        Assert.EndsWith("\r\e[2K", _error.ToString(), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.EndsWith("\r\e[2K", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_gets_a_line_a_second_when_asked_to()
    {
        await using (Progress(Terminal.None, asLines: true))
        {
            for (_items = 1000; _items <= 2000; _items += 1000)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        Assert.Equal("filemonitor: looking at what is there: 1,000 items, 1,000 items/s\nfilemonitor: looking at what is there: 2,000 items, 1,000 items/s\n", _error.ToString());
    }

    [Fact]
    public async Task Before_anything_was_found_it_gives_no_rate()
    {
        await using (Progress(Terminal.None, asLines: true))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _items = 4;
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("filemonitor: looking at what is there: reading the first directories\nfilemonitor: looking at what is there: 4 items, 2 items/s\n", _error.ToString());
    }

    [Fact]
    public async Task A_file_gets_nothing_otherwise()
    {
        await using (Progress(Terminal.None, asLines: false))
        {
            _time.Advance(TimeSpan.FromSeconds(9));
        }

        Assert.Empty(_error.ToString());
    }

    private StartProgress Progress(Terminal terminal, bool asLines) =>
        new(new StandardStreams(Stream.Null, _error, Terminal.None, terminal) { Time = _time }, () => _items, asLines);
}
