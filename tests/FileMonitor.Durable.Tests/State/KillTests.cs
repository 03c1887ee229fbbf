using System.Globalization;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>
/// A host is killed again and again while files are written: at random moments, and at each step of writing its journal. In the end its consumer has every
/// event, those that came twice with the same bytes, and what they add up to is what is on the disk.
/// </summary>
public sealed class KillTests : IDisposable
{
    private readonly DurableHost _host = new();
    private int _stepsKilled;

    /// <summary>FILEMONITOR_KILLS has another number, for a soak.</summary>
    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("FILEMONITOR_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Nothing_is_lost_and_nothing_invented_however_often_the_host_is_killed(int seed)
    {
        // The first baseline is that of an empty directory, so that the events say all that there is.
        await HostProcess.RunInOrderAsync(_host);
        var random = new Random(seed);
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writer = Task.Run(() => WriteAsync(new RandomWriter(_host.Root, seed), writing.Token), Token);
        for (var kill = 0; kill < Kills; kill++)
        {
            await KillAsync(random, step: kill % 2 == 0 ? 0 : random.Next(1, 80));
        }

        await writing.CancelAsync();
        await writer;
        await HostProcess.RunInOrderAsync(_host);

        var events = ToldEvents.Check(_host, "it was killed");
        events.Should().NotBeEmpty();
        _stepsKilled.Should().BePositive("some hosts are killed by a step of the journal");
        TestContext.Current.TestOutputHelper?.WriteLine($"{Kills} kills, {_stepsKilled} of them by a step of the journal; {events.Count} events");
    }

    public void Dispose() => _host.Dispose();

    private static async Task WriteAsync(RandomWriter writer, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            writer.Step();
            await Task.Yield();
            writer.Pause(cancellationToken);
        }
    }

    private async Task KillAsync(Random random, int step)
    {
        using var process = HostProcess.Start(_host, step);
        if (random.Next(4) > 0)
        {
            // Null when it has killed itself before.
            await process.ReadLineAsync();
        }

        _stepsKilled += await process.KillAfterAsync(TimeSpan.FromMilliseconds(random.Next(1, 400))) ? 1 : 0;
    }
}
