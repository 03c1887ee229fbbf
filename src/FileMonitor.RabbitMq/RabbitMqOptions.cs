using System.Text;

namespace FileMonitor.RabbitMq;

/// <summary>Where and how the journal of a monitor is published.</summary>
public sealed class RabbitMqOptions
{
    /// <summary>
    /// The brokers of one cluster, as URIs: <c>amqp://host</c>, or <c>amqps://host</c> for TLS, with a port unless it is 5672 or 5671. At least one. They are tried in turn, each for up to 5
    /// seconds. A URI must have no user, no password and no path: those are options of their own, because URIs end up in logs.
    /// </summary>
    public IList<string> Endpoints { get; } = [];

    /// <summary>The user. Required.</summary>
    public string UserName { get; set; } = "";

    /// <summary>The password; null (the default) when <see cref="GetPassword"/> gives it. It is never logged.</summary>
    public string? Password { get; set; }

    /// <summary>Gives the password, or a token, before each attempt to connect: for one that changes while the program runs. Null (the default) for <see cref="Password"/>. May throw; then it is asked again.</summary>
    public Func<CancellationToken, ValueTask<string>>? GetPassword { get; set; }

    /// <summary>The virtual host. Default <c>/</c>.</summary>
    public string VirtualHost { get; set; } = "/";

    /// <summary>TLS, for endpoints that begin with <c>amqps</c>.</summary>
    public RabbitMqTlsOptions Tls { get; } = new();

    /// <summary>
    /// The name of the exchange, from which those of the queues follow: <c>filemonitor.0</c> and so on, and <c>filemonitor.dead</c> for dead letters. 1 to 200 of A to Z, a to z, digits,
    /// <c>-</c>, <c>_</c>, <c>.</c> and <c>:</c>. Default <c>filemonitor</c>. The receiver must have the same.
    /// </summary>
    public string Exchange { get; set; } = "filemonitor";

    /// <summary>
    /// How many queues there are; all messages of a host go to one of them. From 1 to 1,024, default 4. The receiver must have the same. When it is changed, what is in a queue
    /// that nobody reads any more stays there.
    /// </summary>
    public int Queues { get; set; } = 4;

    /// <summary>The name of this host in every message; it decides about the queue, too. 1 to 255 bytes of UTF-8. Default: the name of the machine.</summary>
    public string Host { get; set; } = Environment.MachineName;

    /// <summary>The name of this consumer of the journal, by which its position is kept (<see cref="Durable.IJournalConsumer.Name"/>). Default <c>rabbitmq</c>. Another one for each broker.</summary>
    public string Name { get; set; } = "rabbitmq";

    /// <summary>How many messages are sent before the first of them is confirmed; no more are in memory. From 1 to 65,535, default 256. With 1 the order is kept whatever happens.</summary>
    public int MaxInFlight { get; set; } = 256;

    /// <summary>
    /// How long a confirmation may take before the connection counts as dead and another one is made. From 1 second to 10 minutes, default 10 seconds. Shorter: a queue that elects a new leader gets
    /// messages twice. Longer: a broker that hangs is noticed later.
    /// </summary>
    public TimeSpan ConfirmTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether exchanges and queues are declared with each connection. Default true. With false they must be there, and the user needs the right to write to the exchange and to nothing else.
    /// </summary>
    public bool DeclareTopology { get; set; } = true;

    /// <summary>The first pause before something that failed is tried again, about; pauses double up to <see cref="MaxRetryDelay"/>. From 10 ms to 1 day, default 200 ms.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest pause, about. From <see cref="RetryDelay"/> to 1 day, default 15 seconds: what a broker that is back waits for at most.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(15);

    internal string DeadLetters => Exchange + ".dead";

    internal string QueueName(int number) => FormattableString.Invariant($"{Exchange}.{number}");

    /// <summary>What is wrong with the options, a sentence for each mistake; empty when they can be used. No password is repeated. The files of <see cref="Tls"/> are read for it.</summary>
    public IReadOnlyList<string> GetErrors()
    {
        var errors = new List<string>();
        Check(Endpoints.Count > 0, "Endpoints is empty: name at least one broker, such as amqps://mq1.example.com.");
        for (var at = 0; at < Endpoints.Count; at++)
        {
            if (ErrorOf(Endpoints[at]) is { } error)
            {
                errors.Add(FormattableString.Invariant($"Endpoints[{at}] {error}"));
            }
        }

        Check(!string.IsNullOrEmpty(UserName), "UserName is empty.");
        Check(Password is not null || GetPassword is not null, "There is neither a Password nor GetPassword.");
        Check(Password is null || GetPassword is null, "There are both a Password and GetPassword: set one of them to null.");
        Check(!string.IsNullOrEmpty(VirtualHost), "VirtualHost is empty; the first one that a broker has is '/'.");
        Check(
            Exchange is { Length: >= 1 and <= 200 } && Exchange.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.' or ':'),
            "Exchange is not 1 to 200 of A to Z, a to z, digits, '-', '_', '.' and ':'.");
        Check(Queues is >= 1 and <= 1024, FormattableString.Invariant($"Queues ({Queues}) is not from 1 to 1024."));
        Check(!string.IsNullOrEmpty(Host) && Encoding.UTF8.GetByteCount(Host) <= 255, "Host is not 1 to 255 bytes long.");
        Check(MaxInFlight is >= 1 and <= 65_535, FormattableString.Invariant($"MaxInFlight ({MaxInFlight}) is not from 1 to 65535."));
        Check(ConfirmTimeout >= TimeSpan.FromSeconds(1) && ConfirmTimeout <= TimeSpan.FromMinutes(10), $"ConfirmTimeout ({ConfirmTimeout}) is not from 1 second to 10 minutes.");
        Check(RetryDelay >= TimeSpan.FromMilliseconds(10) && RetryDelay <= TimeSpan.FromDays(1), $"RetryDelay ({RetryDelay}) is not from 10 milliseconds to 1 day.");
        Check(MaxRetryDelay >= RetryDelay && MaxRetryDelay <= TimeSpan.FromDays(1), $"MaxRetryDelay ({MaxRetryDelay}) is not from RetryDelay ({RetryDelay}) to 1 day.");
        errors.AddRange(Tls.GetErrors());
        return errors;

        void Check(bool isRight, string error)
        {
            if (!isRight)
            {
                errors.Add(error);
            }
        }
    }

    internal RabbitMqOptions Copy()
    {
        var copy = new RabbitMqOptions
        {
            UserName = UserName,
            Password = Password,
            GetPassword = GetPassword,
            VirtualHost = VirtualHost,
            Exchange = Exchange,
            Queues = Queues,
            Host = Host,
            Name = Name,
            MaxInFlight = MaxInFlight,
            ConfirmTimeout = ConfirmTimeout,
            DeclareTopology = DeclareTopology,
            RetryDelay = RetryDelay,
            MaxRetryDelay = MaxRetryDelay,
        };
        foreach (var endpoint in Endpoints)
        {
            copy.Endpoints.Add(endpoint);
        }

        Tls.CopyTo(copy.Tls);
        return copy;
    }

    /// <summary>What is wrong with an endpoint. Its text is not repeated, because there may be a password in it.</summary>
    private static string? ErrorOf(string? endpoint)
    {
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps") || uri.Host.Length == 0)
        {
            return "is no URI of the form amqp://host:port or amqps://host:port.";
        }

        if (uri.UserInfo.Length > 0)
        {
            return "has a user or a password in it: set UserName and Password instead.";
        }

        return uri.PathAndQuery is "/" or "" && uri.Fragment.Length == 0 ? null : "has a path: set VirtualHost instead.";
    }
}
