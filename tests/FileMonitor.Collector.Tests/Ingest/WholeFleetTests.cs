using System.Diagnostics;
using System.Globalization;
using System.Text;
using FileMonitor.Collector.Tests.Services;
using FileMonitor.Durable;
using FileMonitor.Durable.Tests.State;
using FileMonitor.RabbitMq;
using FileMonitor.RabbitMq.Tests.Brokers;
using FluentAssertions;
using Npgsql;
using Xunit;

namespace FileMonitor.Collector.Tests.Ingest;

/// <summary>
/// Monitors of many hosts publish to a broker of three nodes while each node, the collector, the database and then the whole broker are killed: the collector has the journal of
/// each host line by line. FILEMONITOR_FLEET_HOSTS and FILEMONITOR_FLEET_EVENTS (of each host) make it larger, FILEMONITOR_FLEET_OUTAGE is how many seconds the whole broker is away.
/// </summary>
[Collection(nameof(Services))]
public sealed class WholeFleetTests(Fleet fleet, ITestOutputHelper output) : IDisposable
{
    private const int Phases = 6;

    private static readonly int Hosts = Setting("FILEMONITOR_FLEET_HOSTS", 6);
    private static readonly int EventsPerPhase = Setting("FILEMONITOR_FLEET_EVENTS", 600) / Phases;
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(Setting("FILEMONITOR_FLEET_OUTAGE", 0));

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("fm-fleet-");
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<FileSystemMonitor> _monitors = [];
    private NpgsqlDataSource? _database;
    private long _written;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_killed_each_journal_arrives_whole_once_and_proved()
    {
        Assert.SkipUnless(Node.IsHere, "rabbitmq-server is not installed");
        await using var cluster = await Cluster.StartAsync();
        var place = await fleet.PrepareAsync([.. cluster.Nodes.Select(Fleet.AddressOf)]);
        _database = NpgsqlDataSource.Create(place.ConnectionString);
        var collector = CollectorProcess.Start(place);
        try
        {
            await collector.UntilReadingAsync();
            for (var host = 0; host < Hosts; host++)
            {
                _monitors.Add(await StartHostAsync(place, host));
            }

            foreach (var node in cluster.Nodes)
            {
                await KillAsync(node.Name, node.KillAsync, () => WriteAndSeeItStoredAsync(node.Name), async () =>
                {
                    await node.StartAsync();
                    await cluster.UntilWholeAsync();
                });
            }

            await KillAsync("the collector", () => Task.Run(collector.Kill), () => WriteAsync("collector"), () =>
            {
                collector.Dispose();
                collector = CollectorProcess.Start(place);
                return collector.UntilReadingAsync();
            });
            await KillAsync("the database", () => Task.Run(fleet.Postgres.Kill), () => WriteAsync("database"), fleet.Postgres.StartAsync);
            await KillAsync("the whole broker", () => Task.WhenAll(cluster.Nodes.Select(node => node.KillAsync())), WriteThroughOutageAsync, async () =>
            {
                await Task.WhenAll(cluster.Nodes.Select(node => node.StartAsync()));
                await cluster.UntilWholeAsync();
            });

            await Task.WhenAll(_monitors.Select(monitor => UntilConfirmedAsync(monitor)));
        }
        finally
        {
            await Task.WhenAll(_monitors.Select(monitor => monitor.DisposeAsync().AsTask()));
        }

        var journals = Enumerable.Range(0, Hosts).Select(host => JournalFiles.Lines(StateOf(host))).ToList();
        var total = journals.Sum(journal => (long)journal.Count);
        await UntilStoredAsync(total);
        Say($"{total} records of {Hosts} hosts are stored; the collector had {collector.PeakMebibytes()} MiB at most");
        collector.Dispose();

        journals.Sum(journal => journal.Values.Count(line => line.Contains("\"kind\":\"Created\"", StringComparison.Ordinal))).Should().Be((int)_written);
        for (var host = 0; host < Hosts; host++)
        {
            var stored = await StoredAsync(NameOf(host));
            stored.Should().Equal(journals[host].Select(line => (line.Key, line.Value.TrimEnd('\n'))), $"{NameOf(host)} said so");
        }

        (await CountAsync("SELECT count(*) FROM records")).Should().Be(total);
        (await CountAsync("SELECT count(*) - count(DISTINCT event_id) FROM records WHERE event_id IS NOT NULL")).Should().Be(0);
        (await CountAsync("SELECT count(*) FROM incidents WHERE until IS NULL OR kind <> 'Hole'")).Should().Be(0);
        (await CountAsync("SELECT count(*) FROM journals WHERE checkpoint_size = next_index")).Should().Be(Hosts);
    }

    public void Dispose()
    {
        _database?.Dispose();
        _home.Delete(recursive: true);
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static string NameOf(int host) => string.Create(CultureInfo.InvariantCulture, $"host-{host}");

    private string RootOf(int host) => Path.Join(_home.FullName, NameOf(host), "root");

    private string StateOf(int host) => Path.Join(_home.FullName, NameOf(host), "state");

    private async Task<FileSystemMonitor> StartHostAsync(FleetPlace place, int host)
    {
        Directory.CreateDirectory(RootOf(host));
        var monitor = FileSystemMonitor.Create(
            options => options.AddRoot(RootOf(host)),
            components =>
            {
                components.UseDurableState(state => (state.Directory, state.CheckpointInterval) = (StateOf(host), TimeSpan.FromSeconds(5)));
                components.UseRabbitMq(mq =>
                {
                    foreach (var broker in place.Brokers)
                    {
                        mq.Endpoints.Add(broker.ToString());
                    }

                    (mq.UserName, mq.Password, mq.Exchange, mq.Queues, mq.Host) = ("guest", "guest", place.Name, 2, NameOf(host));
                    mq.MaxRetryDelay = TimeSpan.FromSeconds(1);
                });
            });
        await monitor.StartAsync(Token);
        return monitor;
    }

    /// <summary>One phase: something is killed while each host makes half of its files, and is started when the other half was made without it.</summary>
    private async Task KillAsync(string who, Func<Task> kill, Func<Task> meanwhile, Func<Task> start)
    {
        Say($"{who} is killed");
        await Task.WhenAll(WriteAsync($"{who} is killed"), kill());
        await meanwhile();
        await start();
        Say($"{who} is back");
    }

    private Task WriteAsync(string prefix) => WriteAsync(prefix, EventsPerPhase / 2);

    private Task WriteAsync(string prefix, int count) => Task.WhenAll(_monitors.Select((monitor, host) => Task.Run(
        async () =>
        {
            for (var number = 0; number < count; number++)
            {
                await File.WriteAllTextAsync(Path.Join(RootOf(host), string.Create(CultureInfo.InvariantCulture, $"{prefix} {number}")), "", Token);
                Interlocked.Increment(ref _written);
            }

            await monitor.FlushAsync(Token);
        },
        Token)));

    /// <summary>Two nodes of three go on: says for how long nothing was stored while one of them was away.</summary>
    private async Task WriteAndSeeItStoredAsync(string node)
    {
        var before = await CountAsync("SELECT count(*) FROM records");
        var (stored, at, longest) = (before, _watch.Elapsed, TimeSpan.Zero);
        var writing = WriteAsync($"without {node}");
        while (!writing.IsCompleted || stored == before)
        {
            var now = stored;
            await Wait.UntilAsync($"more is stored without {node}", async () => (now = await CountAsync("SELECT count(*) FROM records")) > stored || (writing.IsCompleted && stored > before));
            longest = now > stored && _watch.Elapsed - at > longest ? _watch.Elapsed - at : longest;
            (stored, at) = (now, _watch.Elapsed);
        }

        await writing;
        Say(string.Create(CultureInfo.InvariantCulture, $"without {node} nothing was stored for {longest.TotalSeconds:F1} s at most"));
    }

    private async Task WriteThroughOutageAsync()
    {
        await WriteAsync("broker");
        var began = _watch.Elapsed;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10));
        for (var part = 0; _watch.Elapsed - began < Outage && await timer.WaitForNextTickAsync(Token); part++)
        {
            await WriteAsync($"outage {part}", 10);
            Say(string.Create(CultureInfo.InvariantCulture, $"without the broker; {Hosts} monitors have {Environment.WorkingSet >> 20} MiB"));
        }
    }

    private static Task UntilConfirmedAsync(FileSystemMonitor monitor) =>
        Wait.WhileProgressAsync("the broker has every record", () => Task.FromResult(-monitor.GetHealth().Store!.Cursors.Single(cursor => cursor.Name == "records/rabbitmq").Lag), 0);

    private Task UntilStoredAsync(long records) =>
        Wait.WhileProgressAsync($"{records} records are stored", () => CountAsync("SELECT count(*) FROM records"), records);

    private async Task<List<(long Index, string Line)>> StoredAsync(string host)
    {
        await using var command = _database!.CreateCommand("SELECT index, line FROM records WHERE journal_id = (SELECT id FROM journals WHERE host = $1) ORDER BY index");
        command.Parameters.Add(new() { Value = host });
        await using var reader = await command.ExecuteReaderAsync(Token);
        var lines = new List<(long Index, string Line)>();
        while (await reader.ReadAsync(Token))
        {
            lines.Add((reader.GetInt64(0), Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(1))));
        }

        return lines;
    }

    private async Task<long> CountAsync(string sql)
    {
        try
        {
            await using var command = _database!.CreateCommand(sql);
            return (long)(await command.ExecuteScalarAsync(Token))!;
        }
        catch (NpgsqlException)
        {
            // It was killed a moment ago.
            return -1;
        }
    }

    private void Say(string text) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds:F0} s: {text}"));
}
