using System.Globalization;
using FileMonitor.RabbitMq.Tests.Brokers;
using Npgsql;

namespace FileMonitor.Collector.Tests.Services;

/// <summary>A PostgreSQL of this machine's package with a directory and a socket of its own. It refuses to run as root, so there it runs as the package's user.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Program = "postgres";

    // A killed process loses nothing that it gave to the system. Measurements want the disk, too.
    private static readonly string Fsync = Environment.GetEnvironmentVariable("FILEMONITOR_POSTGRES_FSYNC") ?? "off";

    private readonly string _programs;
    private readonly string _directory = Directory.CreateTempSubdirectory("fm-pg-").FullName;
    private readonly int _port = Ports.Free();
    private ServiceProcess? _server;

    private PostgresServer(string programs) => _programs = programs;

    private string Data => Path.Join(_directory, "data");

    /// <summary>Where the programs are; null when it is not installed.</summary>
    public static string? FindPrograms() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Join(version, "bin")).LastOrDefault(folder => File.Exists(Path.Join(folder, Program)))
            : null;

    public static async Task<PostgresServer> StartAsync(string programs)
    {
        var server = new PostgresServer(programs);
        if (Environment.IsPrivilegedProcess)
        {
            ServiceProcess.Run("chown", "postgres", server._directory);
        }

        server.RunAsOwner("initdb", "-D", server.Data, "-U", "filemonitor", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        await server.StartAsync();
        return server;
    }

    public string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host={_directory};Port={_port};Username=filemonitor;Database={database};Timeout=5;Command Timeout=30;Maximum Pool Size=20");

    /// <summary>Starts it, also when what a killed one left has to be put right first.</summary>
    public async Task StartAsync()
    {
        await Wait.UntilAsync("PostgreSQL answers", async () =>
        {
            if (_server is null or { HasExited: true })
            {
                _server?.Dispose();
                string[] arguments = ["-D", Data, "-k", _directory, "-p", _port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=", "-c", $"fsync={Fsync}", "-c", "max_connections=60"];
                _server = Environment.IsPrivilegedProcess
                    ? ServiceProcess.Start("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", Path.Join(_programs, Program), .. arguments])
                    : ServiceProcess.Start(Path.Join(_programs, Program), arguments);
            }

            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
                await connection.OpenAsync();
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });
    }

    /// <summary>As kill -9 on the server: its other processes end by themselves.</summary>
    public void Kill()
    {
        _server!.Kill();
        _server.WaitForExit();
    }

    public async Task CreateDatabaseAsync(string name)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is { HasExited: false })
        {
            ServiceProcess.Run("kill", "-QUIT", $"{_server.Id}");
            _server.WaitForExit();
        }

        _server?.Dispose();
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private void RunAsOwner(string program, params string[] arguments)
    {
        var path = Path.Join(_programs, program);
        if (Environment.IsPrivilegedProcess)
        {
            ServiceProcess.Run("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path, .. arguments]);
        }
        else
        {
            ServiceProcess.Run(path, arguments);
        }
    }
}
