using System.Diagnostics;
using System.Globalization;
using FileMonitor.Durable.Journal.Verification;
using FileMonitor.JsonLines;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>
/// A host is killed again and again while files are written: at random moments, and at each step of writing its journal. In the end its consumer has every
/// event, those that came twice with the same bytes, and what they add up to is what is on the disk.
/// </summary>
public sealed class KillTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DurableHost _host = new();
    private readonly string _consumed;
    private int _stepsKilled;

    public KillTests() => _consumed = _host.State + ".consumed";

    /// <summary>FILEMONITOR_KILLS has another number, for a soak.</summary>
    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("FILEMONITOR_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Nothing_is_lost_and_nothing_invented_however_often_the_host_is_killed(int seed)
    {
        // The first baseline is that of an empty directory, so that the events say all that there is.
        await StopInOrderAsync();
        var random = new Random(seed);
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writer = Task.Run(() => WriteAsync(new RandomWriter(_host.Root, seed), writing.Token), Token);
        for (var kill = 0; kill < Kills; kill++)
        {
            await KillAsync(random, step: kill % 2 == 0 ? 0 : random.Next(1, 80));
        }

        await writing.CancelAsync();
        await writer;
        await StopInOrderAsync();

        var events = Consumed();
        events.Should().NotBeEmpty();
        events.Select(one => one.Sequence).Should().Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), "no event is missing");
        DirectoryReplay.Replay(events).Should().BeEquivalentTo(DirectoryReplay.OnDisk(_host.Root));
        _stepsKilled.Should().BePositive("some hosts are killed by a step of the journal");
        var verdict = JournalVerifier.Verify(_host.State, cancellationToken: Token);
        verdict.Finding.Should().BeNull();
    }

    public void Dispose()
    {
        File.Delete(_consumed);
        _host.Dispose();
    }

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
        using var host = Start(step);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Patience);
        if (random.Next(4) > 0)
        {
            // Null when it has killed itself before.
            await host.StandardOutput.ReadLineAsync(deadline.Token);
        }

        await host.WaitForExitAsync(deadline.Token).WaitAsync(TimeSpan.FromMilliseconds(random.Next(1, 400)), Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stepsKilled += host.HasExited ? 1 : 0;
        host.Kill();
        await host.WaitForExitAsync(deadline.Token);
    }

    private async Task StopInOrderAsync()
    {
        using var host = Start(step: 0);
        var errors = host.StandardError.ReadToEndAsync(Token);
        (await host.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Patience, Token)).Should().Be("ready", "{0}", host.HasExited ? await errors : "");
        await host.StandardInput.WriteLineAsync("stop");
        (await host.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Patience, Token)).Should().Be("stopped", "{0}", host.HasExited ? await errors : "");
        await host.WaitForExitAsync(Token).WaitAsync(Patience, Token);
    }

    private Process Start(int step)
    {
        var name = OperatingSystem.IsWindows() ? "FileMonitor.KilledHost.exe" : "FileMonitor.KilledHost";
        return Process.Start(new ProcessStartInfo(Path.Join(AppContext.BaseDirectory, name), [_host.Root, _host.State, _consumed, step.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    /// <summary>Every event once, by its number. One that was told twice was told with the same bytes.</summary>
    private List<AuditEvent> Consumed()
    {
        var byId = new Dictionary<Guid, string>();
        var bySequence = new SortedDictionary<long, AuditEvent>();
        foreach (var line in File.ReadAllLines(_consumed))
        {
            var one = AuditEventJson.Parse(line);
            if (!byId.TryAdd(one.Id, line))
            {
                line.Should().Be(byId[one.Id]);
            }
            else
            {
                bySequence.TryAdd(one.Sequence, one).Should().BeTrue("event {0} has one id, and this is another one: {1}", one.Sequence, line);
            }
        }

        return [.. bySequence.Values];
    }
}
