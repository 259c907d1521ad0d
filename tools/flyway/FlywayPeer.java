import java.util.Arrays;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/** Flyway by its Java interface. Arguments: migrate, info or validate; JDBC URL; schema and name of the history; folder; suffix. */
public class FlywayPeer {
  public static void main(String[] args) {
    FluentConfiguration configuration =
        Flyway.configure()
            .dataSource(args[1], System.getenv("FLYWAY_PEER_USER"), System.getenv("FLYWAY_PEER_PASSWORD"))
            .defaultSchema(args[2])
            .table(args[3])
            .locations("filesystem:" + args[4])
            .sqlMigrationSuffixes(args[5]);
    Flyway flyway = configuration.load();
    switch (args[0]) {
      case "migrate" -> System.out.println(flyway.migrate().migrationsExecuted);
      case "validate" -> {
        var result = flyway.validateWithResult();
        result.invalidMigrations.forEach(wrong -> System.out.println(wrong.version + " " + wrong.errorDetails.errorMessage));
        System.out.println(result.validationSuccessful ? "valid" : "invalid");
      }
      case "info" ->
          Arrays.stream(flyway.info().all())
              .map(FlywayPeer::line)
              .forEach(System.out::println);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static String line(MigrationInfo info) {
    return info.getVersion() + " | " + info.getDescription() + " | " + info.getType() + " | " + info.getState().getDisplayName();
  }
}
