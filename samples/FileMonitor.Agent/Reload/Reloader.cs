using System.Globalization;
using System.Net.Sockets;
using FileMonitor.Agent.Security;
using Microsoft.Extensions.Hosting.Systemd;

namespace FileMonitor.Agent.Reload;

/// <summary>
/// Reads the configuration again on request. A wrong one is refused as a whole. Of a right one it takes over what a running agent can change: roots, who may ask, what is logged. What a
/// monitor or the server has from its start stays, and the log says so by its key, each time until the agent is started again.
/// </summary>
/// <remarks>
/// An option of a root that stays is one of these: to remove and add the root would leave a time in between in which nobody watches, and nothing would tell of it.
/// </remarks>
internal sealed class Reloader(
    ReloadRequests requests, AgentSettings settings, AgentOptions options, IConfiguration configuration, RequestGate gate, IServiceProvider services, ILogger<Reloader> logger) : BackgroundService
{
    // As it runs. The token is compared as such, because the file that holds it may have changed.
    private SettingsSnapshot _running = SettingsSnapshot.Of(configuration);
    private string? _token = options.BearerToken;
    private volatile ConfigurationRefusal? _refusal;
    private volatile IReadOnlyList<string> _waiting = [];

    /// <summary>What the last reload refused; null when it was taken over, or none was asked for. Any thread.</summary>
    public ConfigurationRefusal? Refusal => _refusal;

    /// <summary>The keys of the configuration that was taken over last which take effect at the next start. Any thread.</summary>
    public IReadOnlyList<string> Waiting => _waiting;

    /// <summary>Reads and takes over; tells of everything in the log.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        var found = settings.Read(errors);
        using var wanted = found?.Settings;
        if (found is not { } next || errors.Count > 0)
        {
            _refusal = new(services.GetRequiredService<TimeProvider>().GetUtcNow(), errors.Count);
            logger.ConfigurationRefused(errors.Count);
            errors.ForEach(logger.ConfigurationMistake);
            return;
        }

        _refusal = null;
        var snapshot = SettingsSnapshot.Of(next.Settings);
        var difference = _running.To(snapshot);
        var roots = _running.Roots.ToHashSet();
        var (removed, added) = (await RemoveAsync(difference.Removed, roots, cancellationToken), await AddAsync(difference.Added, next.Read, roots, cancellationToken));
        List<string> taken = [.. difference.Logging];
        List<string> waiting = [.. difference.Fixed];

        // Who may ask goes with where it listens: without the token of the new addresses, the old ones would be open to everybody.
        var isSamePlace = next.Read.Agent.Addresses.Select(address => address.ToString()).SequenceEqual(options.Addresses.Select(address => address.ToString()));
        List<string> access = [.. difference.Access];
        if (access.Count == 0 && next.Read.Agent.BearerToken != _token)
        {
            access.Add("Agent:BearerTokenFile");
        }

        (isSamePlace ? taken : waiting).AddRange(access);
        if (isSamePlace)
        {
            gate.Take(next.Read.Agent.Gate);
            _token = next.Read.Agent.BearerToken;
        }

        _running = _running.With(roots, snapshot, kind => kind == SettingKind.Logging || (kind == SettingKind.Access && isSamePlace));
        if (difference.Logging.Count > 0)
        {
            ((IConfigurationRoot)configuration).Reload();
        }

        _waiting = waiting;
        taken.ForEach(logger.SettingTaken);
        waiting.ForEach(logger.SettingWaits);
        logger.ConfigurationTaken(added, removed, taken.Count, waiting.Count);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Roots can be added once the monitors run.
        if (!await IsStartedAsync(stoppingToken))
        {
            return;
        }

        await foreach (var _ in requests.ReadAllAsync(stoppingToken))
        {
            Tell(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={TimeProvider.System.GetTimestamp() / (TimeProvider.System.TimestampFrequency / 1_000_000)}"));
            try
            {
                await ReloadAsync(stoppingToken);
            }
            catch (Exception defect) when (defect is not OperationCanceledException)
            {
                logger.ReloadFailed(defect);
            }

            Tell("READY=1");
        }
    }

    /// <summary>Waits for the end of the start; false when it is given up. That is no error of this service, and the host would log an exception as one.</summary>
    private async Task<bool> IsStartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return started.Task.IsCompleted;
    }

    private void Tell(string state)
    {
        try
        {
            services.GetRequiredService<ISystemdNotifier>().Notify(new ServiceState(state));
        }
        catch (SocketException)
        {
            // Nobody hears it. That is no reason not to reload, or to end.
        }
    }

    private async Task<int> RemoveAsync(IReadOnlyList<MonitorRoot> removed, HashSet<MonitorRoot> roots, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var root in removed)
        {
            try
            {
                await Monitor(root).RemoveRootAsync(root.Path, cancellationToken);
                roots.Remove(root);
                logger.RootRemoved(root.Path, root.Monitor);
                count++;
            }
            catch (Exception refused) when (refused is not OperationCanceledException)
            {
                logger.RootNotRemoved(root.Path, root.Monitor, refused.Message);
            }
        }

        return count;
    }

    private async Task<int> AddAsync(IReadOnlyList<MonitorRoot> added, CheckedConfiguration read, HashSet<MonitorRoot> roots, CancellationToken cancellationToken)
    {
        var count = 0;
        var failed = new List<(MonitorRoot Root, string Problem)>();
        foreach (var root in added)
        {
            try
            {
                var wanted = read.Monitors[root.Monitor].Roots.First(one => Path.TrimEndingDirectorySeparator(Path.GetFullPath(one.Path)) == root.Path);
                await Monitor(root).AddRootAsync(wanted, cancellationToken);
                roots.Add(root);
                logger.RootAdded(root.Path, root.Monitor);
                count++;
            }
            catch (Exception refused) when (refused is not OperationCanceledException)
            {
                logger.RootNotAdded(root.Path, root.Monitor, refused.Message);
                failed.Add((root, refused.Message));
            }
        }

        services.GetRequiredService<RootsNotAdded>().Set(failed);
        return count;
    }

    // The name may be written in another case than at the start.
    private FileSystemMonitor Monitor(MonitorRoot root) =>
        services.GetRequiredService<IReadOnlyList<FileSystemMonitor>>().First(monitor => monitor.Name.Equals(root.Monitor, StringComparison.OrdinalIgnoreCase));
}
