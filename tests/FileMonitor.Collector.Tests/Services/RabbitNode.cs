using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace FileMonitor.Collector.Tests.Services;

/// <summary>A node of this machine's RabbitMQ with directories, ports, a name and an epmd of its own.</summary>
internal sealed class RabbitNode : IAsyncDisposable
{
    private const string Programs = "/usr/lib/rabbitmq/bin";

    private readonly string _directory = Directory.CreateTempSubdirectory("fm-mq-").FullName;
    private readonly int _epmdPort = FreePort.Take();
    private readonly int _distributionPort = FreePort.Take();
    private readonly ServiceProcess _epmd;
    private ServiceProcess? _server;

    private RabbitNode()
    {
        // Explicitly, and only for this machine: a node would start one that stays, for everybody.
        _epmd = ServiceProcess.Start("epmd", ["-address", "127.0.0.1", "-port", _epmdPort.ToString(CultureInfo.InvariantCulture)]);
    }

    public int Port { get; } = FreePort.Take();

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"amqp://127.0.0.1:{Port}"));

    public static bool IsInstalled => File.Exists(Path.Join(Programs, "rabbitmq-server")) && File.Exists("/usr/bin/epmd");

    public static async Task<RabbitNode> StartAsync()
    {
        var node = new RabbitNode();
        File.WriteAllText(Path.Join(node._directory, "node.conf"), string.Create(CultureInfo.InvariantCulture, $"listeners.tcp.1 = 127.0.0.1:{node.Port}\nvm_memory_high_watermark.absolute = 512MB\n"));
        File.WriteAllText(Path.Join(node._directory, "plugins"), "[].\n");
        await node.StartServerAsync();
        return node;
    }

    public async Task StartServerAsync()
    {
        _server?.Dispose();
        _server = ServiceProcess.Start(Path.Join(Programs, "rabbitmq-server"), [], new Dictionary<string, string>
        {
            ["HOME"] = _directory,
            ["ERL_EPMD_PORT"] = _epmdPort.ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODENAME"] = "fm@localhost",
            ["RABBITMQ_NODE_PORT"] = Port.ToString(CultureInfo.InvariantCulture),
            ["RABBITMQ_DIST_PORT"] = _distributionPort.ToString(CultureInfo.InvariantCulture),
            ["RABBITMQ_CONFIG_FILE"] = Path.Join(_directory, "node.conf"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Join(_directory, "plugins"),
            ["RABBITMQ_MNESIA_BASE"] = Path.Join(_directory, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = Path.Join(_directory, "log"),
            ["RABBITMQ_PID_FILE"] = Path.Join(_directory, "pid"),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+S 2:2 +sbwt none",
        });
        await Wait.UntilAsync("RabbitMQ answers", async () =>
        {
            if (_server.HasExited)
            {
                throw new InvalidOperationException($"RabbitMQ ended: {_server.Output}");
            }

            try
            {
                await using var connection = await ConnectAsync();
                return true;
            }
            catch (BrokerUnreachableException)
            {
                return false;
            }
        });
    }

    public Task<IConnection> ConnectAsync() =>
        new ConnectionFactory { Uri = Address, AutomaticRecoveryEnabled = false, RequestedConnectionTimeout = TimeSpan.FromSeconds(20) }.CreateConnectionAsync();

    /// <summary>As kill -9 on the node.</summary>
    public void Kill()
    {
        // The script becomes the node, and its pid is in the file.
        var pid = int.Parse(File.ReadAllText(Path.Join(_directory, "pid")).Trim(), CultureInfo.InvariantCulture);
        ServiceProcess.Kill(pid);
        _server!.WaitForExit();
    }

    public ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            Kill();
        }

        _server?.Dispose();
        _epmd.Dispose();
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}
