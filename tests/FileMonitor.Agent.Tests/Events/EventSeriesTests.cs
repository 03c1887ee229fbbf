using FileMonitor.Agent.Events;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Agent.Tests.Events;

public sealed class EventSeriesTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_000_000));

    [Fact]
    public void Events_are_counted_in_the_second_of_their_delivery()
    {
        var series = new EventSeries(_time);
        Add(series, atSecond: 1_000_000, times: 2);
        Add(series, atSecond: 1_000_002, times: 3);
        _time.Advance(TimeSpan.FromSeconds(4));

        var read = series.Read(5);

        Assert.Equal(1_000_003, read.End);
        Assert.Equal([0, 2, 0, 3, 0], read.Events);
    }

    [Fact]
    public void The_second_that_is_still_under_way_is_not_told()
    {
        var series = new EventSeries(_time);
        Add(series, atSecond: 1_000_000, times: 1);

        Assert.Equal([0], series.Read(1).Events);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([1], series.Read(1).Events);
    }

    [Fact]
    public void Percentiles_are_at_most_a_quarter_too_high_and_never_too_low()
    {
        var series = new EventSeries(_time);
        foreach (var milliseconds in Enumerable.Range(1, 1_000))
        {
            series.Add(_time.GetUtcNow(), TimeSpan.FromMilliseconds(milliseconds));
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        var read = series.Read(1);

        Assert.InRange(read.LatencyP50Ms[0]!.Value, 500, 625);
        Assert.InRange(read.LatencyP99Ms[0]!.Value, 990, 1_238);
    }

    [Theory]
    [InlineData(-5, 0.1)]
    [InlineData(0, 0.1)]
    [InlineData(0.05, 0.1)]
    [InlineData(3_600_000, 127_447.353)]
    public void The_first_and_the_last_class_take_what_is_beyond_them(double milliseconds, double expected)
    {
        var series = new EventSeries(_time);
        series.Add(_time.GetUtcNow(), TimeSpan.FromMilliseconds(milliseconds));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(expected, series.Read(1).LatencyP50Ms[0]!.Value, tolerance: 0.001);
    }

    [Fact]
    public void A_second_without_measured_events_has_no_percentile()
    {
        var series = new EventSeries(_time);
        series.Add(_time.GetUtcNow(), latency: null);
        _time.Advance(TimeSpan.FromSeconds(1));

        var read = series.Read(2);

        Assert.Equal([0, 1], read.Events);
        Assert.Equal([null, null], read.LatencyP50Ms);
        Assert.Equal([null, null], read.LatencyP99Ms);
    }

    [Fact]
    public void What_is_older_than_ten_minutes_is_forgotten()
    {
        var series = new EventSeries(_time);
        Add(series, atSecond: 1_000_000, times: 7);
        _time.Advance(TimeSpan.FromSeconds(600));
        Assert.Equal(7, series.Read(600).Events[0]);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, series.Read(600).Events.Sum());
    }

    [Fact]
    public void A_clock_that_was_set_ahead_and_back_does_not_end_the_counting()
    {
        var series = new EventSeries(_time);
        for (var second = 0; second < 700; second++)
        {
            Add(series, atSecond: 2_000_000 + second, times: 1);
        }

        Add(series, atSecond: 1_000_000, times: 4);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([4], series.Read(1).Events);
    }

    private static void Add(EventSeries series, long atSecond, int times)
    {
        for (var at = 0; at < times; at++)
        {
            series.Add(DateTimeOffset.FromUnixTimeSeconds(atSecond).AddMilliseconds(at), TimeSpan.FromMilliseconds(1));
        }
    }
}
