using System.Globalization;
using FileMonitor.Collector.Configuration;
using Npgsql;

namespace FileMonitor.Collector.Storage;

/// <summary>The two ways to the database: one that writes, and one that only reads and gives up in time.</summary>
internal sealed class Database : IAsyncDisposable
{
    public Database(CollectorOptions options)
    {
        Writer = Build(options.ConnectionString, "");
        var timeout = (int)options.QueryTimeout.TotalMilliseconds;

        // Every search takes a page from an index. Where the statistics are old the planner would rather read and sort whole tables.
        Reader = Build(
            $"{options.ConnectionString};Command Timeout=0",
            string.Create(CultureInfo.InvariantCulture, $"-c default_transaction_read_only=on -c statement_timeout={timeout} -c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"));
    }

    public NpgsqlDataSource Writer { get; }

    /// <summary>For searches: cannot write, whatever the rights of the user are.</summary>
    public NpgsqlDataSource Reader { get; }

    public async ValueTask DisposeAsync()
    {
        await Writer.DisposeAsync();
        await Reader.DisposeAsync();
    }

    private static NpgsqlDataSource Build(string connectionString, string settings)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(connectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        builder.ConnectionStringBuilder.Options = $"{builder.ConnectionStringBuilder.Options} {settings}".Trim() is { Length: > 0 } all ? all : null;

        // An error's text would repeat values, which are names of files.
        builder.ConnectionStringBuilder.IncludeErrorDetail = false;
        return builder.Build();
    }
}
