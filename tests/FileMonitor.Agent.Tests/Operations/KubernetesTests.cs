using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Xunit;
using YamlDotNet.Core;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>The example for Kubernetes is of its API and of this agent. It is not run in a cluster.</summary>
public sealed class KubernetesTests : IDisposable
{
    private static readonly string Text = RepositoryFiles.Read("samples/FileMonitor.Agent/deploy/kubernetes.yaml");

    private readonly string _place = Directory.CreateTempSubdirectory("kubernetes-").FullName;

    private static V1ConfigMap Configuration => Read(Text).OfType<V1ConfigMap>().Single();

    private static V1PodTemplateSpec Template => Read(Text).OfType<V1DaemonSet>().Single().Spec.Template;

    private static V1Container Agent => Template.Spec.Containers.Single();

    [Fact]
    public void A_field_that_the_API_does_not_have_is_found()
    {
        Assert.Throws<YamlException>(() => Read(Text.Replace("terminationGracePeriodSeconds", "terminationGraceSeconds", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_selector_finds_the_pods_and_every_mount_has_its_volume()
    {
        var daemon = Read(Text).OfType<V1DaemonSet>().Single();

        Assert.Equal(daemon.Spec.Selector.MatchLabels, Template.Metadata.Labels);
        Assert.Equal(
            Template.Spec.Volumes.Select(volume => volume.Name).Order(StringComparer.Ordinal),
            Agent.VolumeMounts.Select(mount => mount.Name).Order(StringComparer.Ordinal));
        Assert.Contains(Template.Spec.Volumes, volume => volume.ConfigMap?.Name == Configuration.Metadata.Name);
        Assert.All(Read(Text), item => Assert.Equal("filemonitor", item.Metadata.NamespaceProperty));
    }

    [Fact]
    public void Nothing_but_the_state_and_a_temporary_place_can_be_written_to_and_the_state_outlives_the_pod()
    {
        var writable = Agent.VolumeMounts.Where(mount => mount.ReadOnlyProperty is not true).Select(mount => mount.Name);

        Assert.Equal(["state", "temporary"], writable);
        Assert.True(Agent.SecurityContext.ReadOnlyRootFilesystem);
        Assert.False(Agent.SecurityContext.AllowPrivilegeEscalation);
        Assert.Equal(["ALL"], Agent.SecurityContext.Capabilities.Drop);
        Assert.NotNull(Template.Spec.Volumes.Single(volume => volume.Name == "state").HostPath);
    }

    [Fact]
    public async Task The_agent_takes_its_configuration_and_environment_with_files_where_they_are_mounted()
    {
        // The same with our directories in place of those of the container. What the image sets comes first.
        var environment = new Dictionary<string, string> { ["Agent__Urls"] = "http://0.0.0.0:9090", ["Agent__StateDirectory"] = "/state" };
        foreach (var variable in Agent.Env)
        {
            environment[variable.Name] = variable.Value ?? "a-node";
        }

        foreach (var (name, value) in environment)
        {
            environment[name] = Here(value);
        }

        foreach (var file in new[] { "/run/secrets/filemonitor/token", "/run/secrets/filemonitor/broker" })
        {
            await WriteAsync(file, "0123456789abcdef0123456789abcdef");
        }

        await WriteAsync("/etc/filemonitor-broker-ca/ca.pem", "a certificate, which --check does not read");
        await WriteAsync("/etc/filemonitor-agent/appsettings.json", Here(Configuration.Data["appsettings.json"]));
        using var agent = AgentProcess.Start(["--check", "--config", Path.Join(_place, "/etc/filemonitor-agent/appsettings.json")], environment);

        var code = await agent.EndAsync();

        Assert.Equal("The configuration is right: monitors: 1, roots: 1.", agent.Output.Trim());
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task The_probes_ask_what_wants_no_token()
    {
        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?> { ["Agent:BearerToken"] = "0123456789abcdef" });
        foreach (var probe in new[] { Agent.LivenessProbe, Agent.StartupProbe })
        {
            using var response = await agent.GetAsync(probe.HttpGet.Path);

            Assert.True(response.IsSuccessStatusCode);
            Assert.Equal("http", probe.HttpGet.Port.Value);
        }

        Assert.Contains(Agent.Ports, port => port is { Name: "http", ContainerPort: 9090 });
    }

    public void Dispose() => Directory.Delete(_place, recursive: true);

    private static List<IKubernetesObject<V1ObjectMeta>> Read(string yaml) =>
        [.. KubernetesYaml.LoadAllFromString(yaml, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>()];

    /// <summary>A text in which the places of the container are ours.</summary>
    private string Here(string text) =>
        // In one pass: the place of ours may itself begin like one of the container.
        Regex.Replace(text, string.Join('|', Agent.VolumeMounts.Select(mount => $"(?<![^\"]){Regex.Escape(mount.MountPath)}(?=[/\"]|$)")), found => Directory.CreateDirectory(Path.Join(_place, found.Value)).FullName);

    private async Task WriteAsync(string file, string text)
    {
        var here = Path.Join(_place, file);
        Assert.True(Agent.VolumeMounts.Any(mount => file.StartsWith(mount.MountPath + "/", StringComparison.Ordinal)), $"{file} is below no mount.");
        Directory.CreateDirectory(Path.GetDirectoryName(here)!);
        await File.WriteAllTextAsync(here, text, TestContext.Current.CancellationToken);
    }
}
