using FileMonitor.RabbitMq;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace FileMonitor.Agent.Tests.Configuration;

public sealed class AgentOptionsTests
{
    private const string Token = "0123456789abcdef";

    [Fact]
    public void Without_settings_it_listens_on_loopback_without_a_token()
    {
        var options = ReadGood();

        Assert.Equal("127.0.0.1:9090", Assert.Single(options.Addresses).Host + ":" + options.Addresses[0].Port);
        Assert.True(options.IsLoopbackOnly);
        Assert.Null(options.BearerToken);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http://127.9.9.9:1")]
    [InlineData("http://localhost:1")]
    [InlineData("http://[::1]:1")]
    [InlineData("http://unix:/run/filemonitor.sock")]
    [InlineData("http://localhost:1;http://127.0.0.1:2")]
    public void Loopback_needs_no_token(string urls) => Assert.True(ReadGood(("Agent:Urls", urls)).IsLoopbackOnly);

    [Theory]
    [InlineData("http://0.0.0.0:1")]
    [InlineData("http://[::]:1")]
    [InlineData("http://*:1")]
    [InlineData("http://+:1")]
    [InlineData("http://192.168.1.1:1")]
    [InlineData("http://example.com:1")]
    [InlineData("http://localhost.example.com:1")]
    [InlineData("http://127.0.0.1.example.com:1")]
    [InlineData("http://[::ffff:10.0.0.1]:1")]
    [InlineData("http://127.0.0.1:1;http://0.0.0.0:2")]
    public void Beyond_loopback_a_token_is_needed(string urls)
    {
        Assert.Contains("can be reached from other machines", Assert.Single(Errors(("Agent:Urls", urls))), StringComparison.Ordinal);
        Assert.Contains("can be reached from other machines", Assert.Single(Errors(("urls", urls))), StringComparison.Ordinal);

        Assert.False(ReadGood(("Agent:Urls", urls), ("Agent:BearerToken", Token)).IsLoopbackOnly);
    }

    [Fact]
    public void What_it_is_started_with_wins_over_the_section() =>
        Assert.Equal(5, ReadGood(("Agent:Urls", "http://127.0.0.1:4"), ("urls", "http://127.0.0.1:5")).Addresses.Single().Port);

    [Fact]
    public void Two_monitors_do_not_write_one_file()
    {
        (string, string) Root(string monitor) => ($"FileMonitor:Monitors:{monitor}:Roots:0:Path", "/srv/" + monitor);
        (string, string) Writes(string monitor, string path) => ($"Agent:Monitors:{monitor}:JsonLinesFile:Path", path);

        Assert.Contains("one and two write to one file", Assert.Single(Errors(Root("one"), Root("two"), Writes("one", "/a/b.jsonl"), Writes("two", "/a/./b.jsonl"))), StringComparison.Ordinal);
        Assert.Equal(2, ReadGood(Root("one"), Root("two"), Writes("one", "/a/b.jsonl"), Writes("two", "/a/c.jsonl")).JsonLinesFiles.Count);
    }

    [Fact]
    public void The_token_may_be_in_a_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, $"  {Token}\n");
            Assert.Equal(Token, ReadGood(("Agent:BearerTokenFile", file), ("Agent:Urls", "http://0.0.0.0:1")).BearerToken);

            File.WriteAllText(file, "\n");
            Assert.Single(Errors(("Agent:BearerTokenFile", file), ("Agent:Urls", "http://0.0.0.0:1")));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("0123456789 abcdef")]
    [InlineData("0123456789abcdé0123456789")]
    public void A_token_that_nobody_could_send_or_anybody_could_guess_is_refused_and_not_told(string token)
    {
        var error = Assert.Single(Errors(("Agent:BearerToken", token)));

        Assert.StartsWith("Agent:BearerToken is too short", error, StringComparison.Ordinal);
        Assert.True(token.Length == 0 || !error.Contains(token, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Agent:Nonsense", "1", "Agent:Nonsense")]
    [InlineData("Agent:Urls", "ftp://127.0.0.1", "ftp://127.0.0.1")]
    [InlineData("Agent:Urls", "https://127.0.0.1:1", "https://127.0.0.1:1")]
    [InlineData("Agent:Urls", "127.0.0.1:1", "127.0.0.1:1")]
    [InlineData("Agent:Urls", " ; ", "empty")]
    [InlineData("Agent:EventBuffer", "15", "15")]
    [InlineData("Agent:EventBuffer", "1000001", "1000001")]
    [InlineData("Agent:EventBufferBytes", "1000", "1000")]
    [InlineData("Agent:ReaderPatience", "-00:00:01", "-00:00:01")]
    [InlineData("Agent:ReaderPatience", "00:00:05", "00:00:05")]
    [InlineData("Agent:MaxReaders", "0", "0")]
    [InlineData("Agent:VerificationInterval", "31d", "31d")]
    [InlineData("Agent:VerificationInterval", "10ms", "Agent:VerificationInterval (10ms) is shorter than a second")]
    [InlineData("Agent:AllowedHosts", "*", "Agent:AllowedHosts (*) is no name of a host")]
    [InlineData("Agent:AllowedHosts", "files.example; *.example", "Agent:AllowedHosts (*.example) is no name of a host")]
    [InlineData("Agent:AllowedHosts:0", "files.example:9090", "Agent:AllowedHosts (files.example:9090) is no name of a host")]
    [InlineData("Agent:AllowedHosts", "http://files.example", "Agent:AllowedHosts (http://files.example) is no name of a host")]
    [InlineData("Agent:MaxReaders", "many", "many")]
    [InlineData("Agent:BearerTokenFile", "/nowhere/token", "/nowhere/token")]
    [InlineData("Agent:StateDirectory", "relative", "Agent:StateDirectory (relative)")]
    [InlineData("STATE_DIRECTORY", "relative", "STATE_DIRECTORY (relative)")]
    [InlineData("Agent:Monitors:inbox:Nonsense", "1", "inbox:Nonsense")]
    [InlineData("Agent:Monitors:inbox:JsonLinesFile:Path", "relative", "relative")]
    [InlineData("Agent:Monitors:inbox:JsonLinesFile:Path", "/var/log/", "/var/log/")]
    [InlineData("Agent:Monitors:nobody:JsonLinesFile:Path", "/var/log/a", "nobody")]
    [InlineData("Agent:Monitors:inbox:JsonLinesFile:FileMode", "rw-r-----", "rw-r-----")]
    [InlineData("Agent:Monitors:inbox:JsonLinesFile:FileMode", "0680", "0680")]
    [InlineData("Agent:Monitors:inbox:JsonLinesFile:FileMode", "0400", "FileMode (0400)")]
    [InlineData("Agent:Monitors:inbox:JsonLinesFile:DirectoryMode", "0600", "DirectoryMode (0600)")]
    [InlineData("Kestrel:Endpoints:Http:Url", "http://0.0.0.0:1", "Kestrel:Endpoints")]
    public void What_is_wrong_is_said_with_the_name_and_the_value(string key, string value, string told)
    {
        // Another setting of a file of events needs the file.
        var settings = key.EndsWith("Mode", StringComparison.Ordinal) ? new[] { ("Agent:Monitors:inbox:JsonLinesFile:Path", "/var/log/a"), (key, value) } : [(key, value)];

        Assert.Contains(told, Assert.Single(Errors(settings)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", null)]
    [InlineData("1s", 1)]
    [InlineData("7d", 604_800)]
    public void How_often_a_journal_is_verified_can_be_set(string value, int? seconds) =>
        Assert.Equal(seconds is { } some ? TimeSpan.FromSeconds(some) : TimeSpan.MaxValue, ReadGood(("Agent:VerificationInterval", value)).VerificationInterval);

    [Theory]
    [InlineData("Agent:AnchorDirectory", "relative", "Agent:AnchorDirectory (relative) is no absolute path")]
    [InlineData("Agent:AnchorDirectory", "", "Agent:Timestamps needs Agent:AnchorDirectory")]
    [InlineData("Agent:StateDirectory", "", "Agent:AnchorDirectory needs Agent:StateDirectory")]
    [InlineData("Agent:Timestamps:Uri", "", "Agent:Timestamps:Uri is no address")]
    [InlineData("Agent:Timestamps:Uri", "ftp://host/word", "Agent:Timestamps:Uri is no address")]
    [InlineData("Agent:Timestamps:Uri", "https://user:word@host/", "has a user or a password in it")]
    [InlineData("Agent:Timestamps:Url", "https://host/", "Agent:Timestamps:Url is no setting. Did you mean `Uri`?")]
    [InlineData("Agent:Timestamps:Interval", "25h", "Agent:Timestamps:Interval (25h) is no duration from 00:00:00 to 1.00:00:00")]
    [InlineData("Agent:Timestamps:Timeout", "1", "Agent:Timestamps:Timeout (1) is no duration from 00:00:00.1000000 to 00:10:00")]
    [InlineData("Agent:Timestamps:CertificateFile", "/nowhere/root.pem", "Agent:Timestamps:CertificateFile (/nowhere/root.pem) cannot be used")]
    [InlineData("Agent:Timestamps:AuthorizationFile", "/nowhere/word", "Agent:Timestamps:AuthorizationFile (/nowhere/word) cannot be read")]
    [InlineData("Agent:Timestamps:AuthorizationFile", "/dev/null", "Agent:Timestamps:AuthorizationFile (/dev/null) holds no value")]
    public void What_is_wrong_with_anchors_is_said_and_no_secret(string key, string value, string told)
    {
        var settings = new Dictionary<string, string>
        {
            ["Agent:StateDirectory"] = "/srv/state",
            ["Agent:AnchorDirectory"] = "/mnt/audit",
            ["Agent:Timestamps:Uri"] = "https://host/tsa",
            [key] = value,
        };

        var error = Assert.Single(Errors([.. settings.Select(one => (one.Key, one.Value))]));

        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.DoesNotContain("word@", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Agent:StateDirectory", "", "Agent:RabbitMq needs Agent:StateDirectory")]
    [InlineData("Agent:RabbitMq:Endpoints", "amqp://user:word@host", "Agent:RabbitMq: Endpoints[0]")]
    [InlineData("Agent:RabbitMq:Endpoints", "", "Agent:RabbitMq: Endpoints is empty")]
    [InlineData("Agent:RabbitMq:UserName", "", "Agent:RabbitMq: UserName is empty")]
    [InlineData("Agent:RabbitMq:PasswordFile", "/nowhere/word", "Agent:RabbitMq:PasswordFile (/nowhere/word) cannot be read")]
    [InlineData("Agent:RabbitMq:PasswordFile", "/dev/null", "Agent:RabbitMq:PasswordFile (/dev/null) is empty")]
    [InlineData("Agent:RabbitMq:PasswordFile", null, "Agent:RabbitMq:PasswordFile is missing")]
    [InlineData("Agent:RabbitMq:Queues", "many", "Agent:RabbitMq:Queues (many) is not a whole number")]
    [InlineData("Agent:RabbitMq:Queues", "0", "Agent:RabbitMq: Queues (0) is not from 1 to 1024")]
    [InlineData("Agent:RabbitMq:DeclareTopology", "maybe", "Agent:RabbitMq:DeclareTopology (maybe) is not true or false")]
    [InlineData("Agent:RabbitMq:CaFile", "/nowhere/ca.pem", "Agent:RabbitMq: Tls.CaFile: there is no file '/nowhere/ca.pem'")]
    [InlineData("Agent:RabbitMq:Password", "word", "Agent:RabbitMq:Password is no setting. There are Endpoints")]
    [InlineData("Agent:RabbitMq:Queue", "4", "Agent:RabbitMq:Queue is no setting. Did you mean `Queues`?")]
    public void What_is_wrong_with_a_broker_is_said_and_no_secret(string key, string? value, string told)
    {
        var secret = Path.GetTempFileName();
        try
        {
            File.WriteAllText(secret, "word");
            var settings = new Dictionary<string, string?>
            {
                ["Agent:StateDirectory"] = "/srv/state",
                ["Agent:RabbitMq:Endpoints"] = "amqps://host",
                ["Agent:RabbitMq:UserName"] = "agent",
                ["Agent:RabbitMq:PasswordFile"] = secret,
                [key] = value,
            };

            var error = Assert.Single(Errors([.. settings.Where(one => one.Value is not null).Select(one => (one.Key, one.Value!))]));

            Assert.Contains(told, error, StringComparison.Ordinal);
            Assert.DoesNotContain("word@", error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(secret);
        }
    }

    [Fact]
    public async Task Each_monitor_publishes_with_the_settings_of_the_broker()
    {
        var secret = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(secret, "word\n", TestContext.Current.CancellationToken);
            var configure = ReadGood(
                ("Agent:StateDirectory", "/srv/state"),
                ("Agent:RabbitMq:Endpoints", "amqps://one;amqps://two:5673"),
                ("Agent:RabbitMq:UserName", "agent"),
                ("Agent:RabbitMq:PasswordFile", secret),
                ("Agent:RabbitMq:VirtualHost", "audit"),
                ("Agent:RabbitMq:Exchange", "files"),
                ("Agent:RabbitMq:Queues", "8"),
                ("Agent:RabbitMq:Host", "web-1"),
                ("Agent:RabbitMq:DeclareTopology", "false"),
                ("Agent:RabbitMq:ServerName", "mq")).RabbitMq!;
            var options = new RabbitMqOptions();
            configure(options);

            Assert.Equal(["amqps://one", "amqps://two:5673"], options.Endpoints);
            Assert.Equal(("agent", "audit", "files", 8, "web-1", false, "mq"), (options.UserName, options.VirtualHost, options.Exchange, options.Queues, options.Host, options.DeclareTopology, options.Tls.ServerName));
            Assert.Equal("word", await options.GetPassword!(TestContext.Current.CancellationToken));
            Assert.Empty(options.GetErrors());
            Assert.Null(ReadGood(("Agent:StateDirectory", "/srv/state")).RabbitMq);
        }
        finally
        {
            File.Delete(secret);
        }
    }

    [Fact]
    public async Task Anchors_are_in_files_of_the_names_of_the_monitors()
    {
        var secret = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(secret, "Bearer word\n", TestContext.Current.CancellationToken);
            var anchors = ReadGood(
                ("Agent:StateDirectory", "/srv/state"),
                ("Agent:AnchorDirectory", "/mnt/audit/"),
                ("Agent:Timestamps:Uri", "https://host/tsa"),
                ("Agent:Timestamps:Interval", "30min"),
                ("Agent:Timestamps:Timeout", "2s"),
                ("Agent:Timestamps:AuthorizationFile", secret)).Anchors!;

            Assert.Equal(("/mnt/audit/inbox.checkpoints", "/mnt/audit/inbox.timestamps"), (anchors.CheckpointsOf("inbox"), anchors.TimestampsOf("inbox")));
            var timestamps = anchors.Timestamps!.For(anchors.TimestampsOf("inbox"));
            Assert.Empty(timestamps.GetErrors());
            Assert.Equal((new Uri("https://host/tsa"), TimeSpan.FromMinutes(30), TimeSpan.FromSeconds(2)), (timestamps.Uri, timestamps.Interval, timestamps.Timeout));
            Assert.Equal("Bearer word", await timestamps.GetAuthorization!(TestContext.Current.CancellationToken));
            Assert.Equal(2, anchors.For("inbox").Count());
            Assert.Contains("needs an address that begins with https", Assert.Single(Errors(
                ("Agent:StateDirectory", "/srv/state"), ("Agent:AnchorDirectory", "/mnt/audit"), ("Agent:Timestamps:Uri", "http://host/"), ("Agent:Timestamps:AuthorizationFile", secret))), StringComparison.Ordinal);
            Assert.Single(ReadGood(("Agent:StateDirectory", "/srv/state"), ("Agent:AnchorDirectory", "/mnt/audit")).Anchors!.For("inbox"));
        }
        finally
        {
            File.Delete(secret);
        }
    }

    [Fact]
    public void A_file_of_events_has_the_options_of_its_sink()
    {
        var options = ReadGood(
            ("Agent:Monitors:inbox:JsonLinesFile:Path", "/var/log/a.jsonl"),
            ("Agent:Monitors:inbox:JsonLinesFile:MaxFileBytes", "5000000000"),
            ("Agent:Monitors:inbox:JsonLinesFile:MaxFiles", "3"),
            ("Agent:Monitors:inbox:JsonLinesFile:FlushToDisk", "false"),
            ("Agent:Monitors:inbox:JsonLinesFile:FileMode", "0640"),
            ("Agent:Monitors:inbox:JsonLinesFile:DirectoryMode", "750"));

        var file = options.JsonLinesFiles["INBOX"];
        Assert.Equal(("/var/log/a.jsonl", 5_000_000_000, 3, false), (file.Path, file.Sink.MaxFileBytes, file.Sink.MaxFiles, file.Sink.FlushToDisk));
        Assert.Equal(("640", "750"), (Convert.ToString((int)file.Sink.FileMode, 8), Convert.ToString((int)file.Sink.DirectoryMode, 8)));
    }

    [Fact]
    public void State_is_kept_where_the_service_manager_says_unless_another_place_is_set()
    {
        Assert.Null(ReadGood().StateDirectory);
        Assert.Equal("/var/lib/one", ReadGood(("STATE_DIRECTORY", "/var/lib/one:/var/lib/two")).StateDirectory);
        Assert.Equal("/srv/state", ReadGood(("STATE_DIRECTORY", "/var/lib/one"), ("Agent:StateDirectory", "/srv/state/")).StateDirectory);
        Assert.Null(ReadGood(("STATE_DIRECTORY", "/var/lib/one"), ("Agent:StateDirectory", "")).StateDirectory);
        Assert.Equal(Path.Join("/srv/state", "inbox"), ReadGood(("Agent:StateDirectory", "/srv/state")).StateOf("inbox"));
    }

    [Theory]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    [InlineData("a~b", false)]
    [InlineData("Uploads-2.x_y", true)]
    public void A_monitor_that_keeps_state_has_a_name_that_a_directory_may_have(string monitor, bool isGood)
    {
        var (_, errors) = Read([($"FileMonitor:Monitors:{monitor}:Roots:0:Path", "/srv/x"), ("Agent:StateDirectory", "/srv/state")]);

        Assert.Equal(isGood, errors.Count == 0);
        Assert.Empty(Read([($"FileMonitor:Monitors:{monitor}:Roots:0:Path", "/srv/x")]).Errors);
        Assert.All(errors, error => Assert.StartsWith($"FileMonitor:Monitors:{monitor}: ", error, StringComparison.Ordinal));
    }

    [Fact]
    public void The_sizes_are_what_was_set()
    {
        var options = ReadGood(("agent:eventbuffer", "100"), ("Agent:EventBufferBytes", "1048576"), ("Agent:ReaderPatience", "00:00:02"), ("Agent:MaxReaders", "3"), ("Agent:AllowedHosts:0", "files-1.example"), ("Agent:AllowedHosts:1", "[fe80::1]"));

        Assert.Equal((100, 1_048_576, TimeSpan.FromSeconds(2), 3), (options.EventBuffer, options.EventBufferBytes, options.ReaderPatience, options.MaxReaders));
        Assert.Equal(["files-1.example", "[fe80::1]"], options.AllowedHosts);
    }

    private static AgentOptions ReadGood(params (string Key, string Value)[] settings)
    {
        var (options, errors) = Read(settings);
        Assert.Empty(errors);
        return options;
    }

    private static List<string> Errors(params (string Key, string Value)[] settings) => Read(settings).Errors;

    private static (AgentOptions Options, List<string> Errors) Read((string Key, string Value)[] settings)
    {
        var errors = new List<string>();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Append(("FileMonitor:Monitors:inbox:Roots:0:Path", "/srv/inbox")).Select(setting => KeyValuePair.Create(setting.Item1, (string?)setting.Item2)))
            .Build();
        return (new AgentOptionsReader(configuration, errors).Read(), errors);
    }
}
