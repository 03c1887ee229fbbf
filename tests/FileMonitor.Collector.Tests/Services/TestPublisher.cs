using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Tests.Journal;
using RabbitMQ.Client;

namespace FileMonitor.Collector.Tests.Services;

/// <summary>Publishes a journal as a monitor does: docs/fleet.md says how.</summary>
internal sealed class TestPublisher : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly string _exchange;
    private readonly int _queues;

    private TestPublisher(IConnection connection, IChannel channel, string exchange, int queues) =>
        (_connection, _channel, _exchange, _queues) = (connection, channel, exchange, queues);

    public static async Task<TestPublisher> OpenAsync(FleetPlace place, int queues = 2)
    {
        var connection = await place.ConnectAsync();
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        return new(connection, channel, place.Name, queues);
    }

    public Task RecordAsync(string host, string journal, long index, string line) => SendAsync(host, journal, "record", index, Encoding.UTF8.GetBytes(line));

    public Task KeyAsync(string host, string journal, string pem) => SendAsync(host, journal, "key", 0, Encoding.UTF8.GetBytes(pem));

    public Task CheckpointAsync(string host, string journal, CheckpointNote note) => SendAsync(host, journal, "checkpoint", note.Size, note.ToBytes());

    /// <summary>Records of nobody's journal: events without a key.</summary>
    public async Task RecordsAsync(string host, string journal, params string[] lines)
    {
        foreach (var (index, line) in lines.Index())
        {
            await RecordAsync(host, journal, index, line);
        }
    }

    /// <summary>A whole journal, or what follows an index: key, records, and each checkpoint behind its records.</summary>
    public async Task JournalAsync(string host, string directory, long from = 0, Func<long, string, string>? alter = null)
    {
        var notes = TestJournal.Notes(directory);
        var origin = notes[0].Origin;
        await KeyAsync(host, origin, await File.ReadAllTextAsync(Path.Join(directory, JournalDirectory.FirstKeyName)));
        foreach (var (place, line) in TestJournal.ReadAll(directory).Index().Skip((int)from))
        {
            await RecordAsync(host, origin, place, alter is null ? line : alter(place, line));
            foreach (var note in notes.Where(note => note.Size == place + 1))
            {
                await CheckpointAsync(host, origin, note);
            }
        }
    }

    public async Task SendAsync(string host, string journal, string type, long sequence, byte[] body, Action<Dictionary<string, object?>>? change = null)
    {
        var headers = new Dictionary<string, object?> { ["host"] = host, ["journal"] = journal, ["sequence"] = sequence };
        change?.Invoke(headers);
        var properties = new BasicProperties
        {
            Type = type,
            DeliveryMode = DeliveryModes.Persistent,
            AppId = "filemonitor",
            ContentType = type == "record" ? "application/json" : "text/plain",
            MessageId = $"{journal}/{type}/{sequence}",
            Headers = headers,
        };
        await _channel.BasicPublishAsync(_exchange, $"{QueueOf(host)}", mandatory: true, properties, body);
    }

    public async Task<uint> DeadLettersAsync() => (await _channel.QueueDeclarePassiveAsync($"{_exchange}.dead")).MessageCount;

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private int QueueOf(string host) => (int)(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(host))) % (uint)_queues);
}
