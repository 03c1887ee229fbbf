using FileMonitor.Durable;
using FileMonitor.Durable.Tests.State;
using FileMonitor.RabbitMq.Tests.Brokers;
using Xunit;

namespace FileMonitor.RabbitMq.Tests;

/// <summary>A directory that is watched, with the state of its monitor beside it, which is published to an exchange of its own with one queue.</summary>
internal sealed class PublishingHost : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-mq-");
    private readonly string[] _endpoints;

    public PublishingHost(params int[] ports)
    {
        _endpoints = [.. ports.Select(port => FormattableString.Invariant($"amqp://127.0.0.1:{port}"))];
        Root = Directory.CreateDirectory(Path.Join(_home.FullName, "root")).FullName;
        State = Path.Join(_home.FullName, "state");
    }

    public string Root { get; }

    public string State { get; }

    /// <summary>Another one in each test, so that they can share a broker.</summary>
    public string Exchange { get; } = "fm." + Guid.NewGuid().ToString("N");

    public string Queue => Exchange + ".0";

    public MemoryLog Log { get; } = new();

    public Action<RabbitMqOptions> Configure { get; set; } = static _ => { };

    public Action<DurableStateOptions> ConfigureState { get; set; } = static _ => { };

    public FileSystemMonitor Make() => FileSystemMonitor.Create(
        options =>
        {
            options.AddRoot(Root);
            options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(20);
        },
        components =>
        {
            components.LoggerFactory = Log;
            components.UseDurableState(state =>
            {
                state.Directory = State;
                state.CheckpointInterval = TimeSpan.FromSeconds(1);
                ConfigureState(state);
            });
            components.UseRabbitMq(mq =>
            {
                foreach (var endpoint in _endpoints)
                {
                    mq.Endpoints.Add(endpoint);
                }

                (mq.UserName, mq.Password, mq.Exchange, mq.Queues, mq.Host) = ("guest", "guest", Exchange, 1, "web1");
                mq.MaxRetryDelay = TimeSpan.FromSeconds(1);
                Configure(mq);
            });
        });

    public async Task<FileSystemMonitor> StartAsync(CancellationToken cancellationToken)
    {
        var monitor = Make();
        await monitor.StartAsync(cancellationToken);
        return monitor;
    }

    /// <summary>Writes new files and waits until their events are in the journal.</summary>
    public async Task WriteAsync(FileSystemMonitor monitor, string prefix, int count)
    {
        for (var number = 0; number < count; number++)
        {
            await File.WriteAllTextAsync(Path.Join(Root, FormattableString.Invariant($"{prefix}-{number}")), "x");
        }

        await monitor.FlushAsync();
    }

    /// <summary>Completes when the broker has confirmed every record.</summary>
    public async Task CaughtUpAsync(FileSystemMonitor monitor, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        while (monitor.GetHealth().Store!.Cursors.Single(cursor => cursor.Name == "records/rabbitmq").Lag > 0)
        {
            try
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                var cursor = monitor.GetHealth().Store!.Cursors.Single(cursor => cursor.Name == "records/rabbitmq");
                throw new TimeoutException($"{cursor.Lag} records wait: {cursor.Problem}\n{string.Join('\n', Log.Entries.Select(entry => $"{entry.Name} {entry.Text}"))}");
            }
        }
    }

    /// <summary>The lines of the journal without their line feeds, by index.</summary>
    public SortedDictionary<long, string> Journal()
    {
        var lines = JournalFiles.Lines(State);
        foreach (var index in lines.Keys.ToList())
        {
            lines[index] = lines[index].TrimEnd('\n');
        }

        return lines;
    }

    public void Dispose() => _home.Delete(recursive: true);
}

/// <summary>The token of the test, which is signalled three minutes after it was asked for as well: a broker that does not come must fail a test, not hang it.</summary>
internal static class Deadline
{
    public static CancellationToken Token
    {
        get
        {
            var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            late.CancelAfter(TimeSpan.FromMinutes(3));
            return late.Token;
        }
    }
}
