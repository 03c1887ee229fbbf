using FileMonitor.Running;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Running;

public sealed class ClockWatchTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly JumpingClock _clock;
    private readonly List<double> _jumps = [];

    public ClockWatchTests() => _clock = new JumpingClock(_time);

    [Theory]
    [InlineData(3600, 3600.0)] // it was suspended
    [InlineData(-3600, -3600.0)] // it was set back
    [InlineData(5.1, 5.1)]
    [InlineData(5, null)] // corrections are normal
    [InlineData(-5, null)]
    [InlineData(0, null)]
    public void A_jump_is_told_once(double seconds, double? told)
    {
        using var watch = Start();
        _clock.Ahead = TimeSpan.FromSeconds(seconds);
        _jumps.Should().BeEmpty();
        Pass(seconds: 3);

        _jumps.Should().Equal(told is { } jump ? [jump] : []);
    }

    [Fact]
    public void Each_jump_is_told_with_what_it_adds()
    {
        using var watch = Start();
        _clock.Ahead = TimeSpan.FromSeconds(100);
        Pass(seconds: 1);
        _clock.Ahead = TimeSpan.FromSeconds(160);
        Pass(seconds: 2);

        _jumps.Should().Equal(100, 60);
    }

    [Fact]
    public void A_clock_that_is_corrected_little_by_little_never_jumps()
    {
        using var watch = Start();
        for (var second = 1; second <= 100; second++)
        {
            _clock.Ahead = TimeSpan.FromSeconds(second);
            Pass(seconds: 1);
        }

        _jumps.Should().BeEmpty();
    }

    [Fact]
    public void Time_that_passes_without_a_look_is_no_jump()
    {
        using var watch = Start();
        _time.Advance(TimeSpan.FromHours(10));

        _jumps.Should().BeEmpty();
    }

    [Fact]
    public void After_it_is_disposed_nothing_is_told()
    {
        var watch = Start();
        watch.Dispose();
        _clock.Ahead = TimeSpan.FromHours(1);
        Pass(seconds: 3);
        watch.Dispose();
        new ClockWatch(_clock, TimeSpan.FromSeconds(1), _ => { }).Dispose();

        _jumps.Should().BeEmpty();
    }

    private void Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private ClockWatch Start()
    {
        var watch = new ClockWatch(_clock, TimeSpan.FromSeconds(1), jump => _jumps.Add(jump.TotalSeconds));
        watch.Start();
        return watch;
    }
}
