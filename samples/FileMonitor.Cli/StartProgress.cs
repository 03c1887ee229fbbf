using System.Globalization;

namespace FileMonitor.Cli;

/// <summary>
/// Says on standard error how many items the start has found, and how many a second: in place on a terminal, and otherwise as lines when asked
/// to. A start that is over before the first time says nothing.
/// </summary>
internal sealed class StartProgress : IAsyncDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan NextLine = TimeSpan.FromSeconds(1);

    private readonly StandardStreams _streams;
    private readonly Func<int> _items;
    private readonly StatusLine _line;
    private readonly ITimer? _timer;
    private readonly long _started;
    private readonly Lock _lock = new();

    /// <param name="streams">Standard error, and the clock.</param>
    /// <param name="items">Reads how many items were found; any thread.</param>
    /// <param name="asLines">Whether to write lines where standard error is no terminal.</param>
    public StartProgress(StandardStreams streams, Func<int> items, bool asLines)
    {
        _streams = streams;
        _items = items;
        _started = streams.Time.GetTimestamp();
        _line = new StatusLine(streams.ErrorTerminal.CreateWriter(streams.Error), streams.ErrorTerminal);
        if (streams.ErrorTerminal.IsTerminal || asLines)
        {
            var period = streams.ErrorTerminal.IsTerminal ? Redraw : NextLine;
            _timer = streams.Time.CreateTimer(_ => Show(), null, period, period);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            // Waits for a call that runs: nothing may be drawn later.
            await _timer.DisposeAsync();
            _line.Hide();
        }
    }

    private void Show()
    {
        // Two calls may overlap when the first was late.
        lock (_lock)
        {
            var items = _items();
            var seconds = _streams.Time.GetElapsedTime(_started).TotalSeconds;
            var text = string.Create(CultureInfo.InvariantCulture, $"looking at what is there: {(items == 0 ? "reading the first directories" : $"{Counted.Of(items, "item")}, {items / seconds:n0} items/s")}");
            try
            {
                if (_streams.ErrorTerminal.IsTerminal)
                {
                    _line.Show(text);
                }
                else
                {
                    _streams.Complain(text);
                }
            }
            catch (IOException)
            {
                // Nobody reads standard error; the start goes on.
            }
        }
    }
}
