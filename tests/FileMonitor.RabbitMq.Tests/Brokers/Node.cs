using System.Diagnostics;
using System.Globalization;

namespace FileMonitor.RabbitMq.Tests.Brokers;

/// <summary>A node of RabbitMQ in a directory of its own, which nothing of the system's own RabbitMQ touches.</summary>
internal sealed class Node : IAsyncDisposable
{
    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private const string Control = "/usr/lib/rabbitmq/bin/rabbitmqctl";
    private const string Cookie = "FILEMONITORTESTS";

    private readonly string _directory;
    private readonly Dictionary<string, string> _environment;
    private Process? _process;

    /// <param name="directory">Where its files are.</param>
    /// <param name="name">Its name, without the host.</param>
    /// <param name="mapper">The port mapper of its cluster.</param>
    /// <param name="lines">More lines of its configuration.</param>
    public Node(string directory, string name, PortMapper mapper, IEnumerable<string> lines)
    {
        _directory = Directory.CreateDirectory(Path.Join(directory, name)).FullName;
        (Name, Port) = (name + "@localhost", Ports.Free());
        File.WriteAllText(Path.Join(_directory, ".erlang.cookie"), Cookie);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Join(_directory, ".erlang.cookie"), UnixFileMode.UserRead);
        }

        File.WriteAllText(Path.Join(_directory, "enabled_plugins"), "[].");
        File.WriteAllLines(Path.Join(_directory, "rabbitmq.conf"), [string.Create(CultureInfo.InvariantCulture, $"listeners.tcp.1 = 127.0.0.1:{Port}"), "log.file.level = warning", .. lines]);
        _environment = new Dictionary<string, string>
        {
            ["HOME"] = _directory,
            ["RABBITMQ_NODENAME"] = Name,
            ["RABBITMQ_DIST_PORT"] = Ports.Free().ToString(CultureInfo.InvariantCulture),
            ["RABBITMQ_MNESIA_BASE"] = Path.Join(_directory, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = Path.Join(_directory, "log"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Join(_directory, "rabbitmq"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Join(_directory, "enabled_plugins"),
            ["RABBITMQ_PID_FILE"] = Path.Join(_directory, "pid"),
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
            ["ERL_EPMD_PORT"] = mapper.Port.ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        };
    }

    /// <summary>Whether this machine has RabbitMQ, as Debian packs it.</summary>
    public static bool IsHere => OperatingSystem.IsLinux() && File.Exists(Server) && File.Exists(Control);

    public string Name { get; }

    public int Port { get; }

    /// <summary>Starts it, and waits until it serves.</summary>
    public async Task StartAsync()
    {
        _process = Process.Start(With(new ProcessStartInfo(Server) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true }))!;
        var told = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            told.Add(line);
            if (line.Contains("completed with", StringComparison.Ordinal))
            {
                // What it says later is not read: the pipe has room for that.
                return;
            }
        }

        throw new InvalidOperationException($"{Name} did not start: {string.Join('\n', told)}\n{await _process.StandardError.ReadToEndAsync()}");
    }

    /// <summary>Kills it as SIGKILL does.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process)
        {
            return;
        }

        // The emulator; the script that started it ends by itself.
        using (var emulator = Process.GetProcessById(int.Parse((await File.ReadAllTextAsync(Path.Join(_directory, "pid"))).Trim(), CultureInfo.InvariantCulture)))
        {
            emulator.Kill();
            await emulator.WaitForExitAsync();
        }

        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    /// <summary>Runs rabbitmqctl.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> ControlAsync(params string[] arguments)
    {
        var start = With(new ProcessStartInfo(Control) { RedirectStandardOutput = true, RedirectStandardError = true });
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var control = Process.Start(start)!;
        var (output, errors) = (control.StandardOutput.ReadToEndAsync(), control.StandardError.ReadToEndAsync());
        await control.WaitForExitAsync();
        if (control.ExitCode != 0)
        {
            throw new InvalidOperationException($"rabbitmqctl {arguments[0]} ended with {control.ExitCode}: {await output} {await errors}");
        }

        return await output;
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private ProcessStartInfo With(ProcessStartInfo start)
    {
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
